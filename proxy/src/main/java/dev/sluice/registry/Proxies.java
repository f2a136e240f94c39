package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP proxies that HTTPS_PROXY, HTTP_PROXY and NO_PROXY name, with the meaning that curl and
 * containerd give them. Loopback is never asked for by a proxy.
 */
final class Proxies {
  private final @Nullable ProxyOptions forTls;
  private final @Nullable ProxyOptions forPlain;
  private final List<String> exceptions;

  /**
   * @throws SluiceException INVALID if a variable holds no proxy
   */
  Proxies(Map<String, String> environment) {
    // One instance each: the connection pools are found by identity.
    forTls = proxy(environment, "HTTPS_PROXY");
    forPlain = proxy(environment, "HTTP_PROXY");
    exceptions =
        Arrays.stream(value(environment, "NO_PROXY").split(",", -1))
            .map(one -> one.strip().toLowerCase(Locale.ROOT))
            .filter(one -> !one.isEmpty())
            .toList();
  }

  /** Null: connect directly. */
  @Nullable ProxyOptions forOrigin(HttpOrigin origin) {
    ProxyOptions proxy = origin.tls() ? forTls : forPlain;
    return proxy == null || excepted(origin) ? null : proxy;
  }

  private static String value(Map<String, String> environment, String name) {
    String lower = environment.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    return lower.isEmpty() ? environment.getOrDefault(name, "") : lower;
  }

  private static @Nullable ProxyOptions proxy(Map<String, String> environment, String name) {
    String value = value(environment, name).strip();
    if (value.isEmpty()) {
      return null;
    }
    try {
      URI uri = new URI(value.contains("://") ? value : "http://" + value);
      boolean socks = "socks5".equalsIgnoreCase(uri.getScheme());
      if (uri.getHost() == null || !(socks || "http".equalsIgnoreCase(uri.getScheme()))) {
        throw invalid(name);
      }
      ProxyOptions proxy =
          new ProxyOptions()
              .setType(socks ? ProxyType.SOCKS5 : ProxyType.HTTP)
              .setHost(uri.getHost())
              .setPort(uri.getPort() > 0 ? uri.getPort() : socks ? 1080 : 80);
      String user = uri.getUserInfo();
      if (user != null) {
        int colon = user.indexOf(':');
        proxy.setUsername(colon < 0 ? user : user.substring(0, colon));
        proxy.setPassword(colon < 0 ? "" : user.substring(colon + 1));
      }
      return proxy;
    } catch (URISyntaxException _) {
      // The cause isn't kept: its text quotes the value, which may hold a password.
      throw invalid(name);
    }
  }

  private static SluiceException invalid(String name) {
    return new SluiceException(
        FailureKind.INVALID,
        "use the proxy of the variable " + name + ": it is no http:// or socks5:// URL",
        "Correct or unset the variable.",
        null);
  }

  private boolean excepted(HttpOrigin origin) {
    String host = origin.host();
    if (host.equals("localhost") || host.equals("::1") || host.startsWith("127.")) {
      return true;
    }
    return exceptions.stream().anyMatch(one -> matches(one, host, origin.port()));
  }

  private static boolean matches(String exception, String host, int port) {
    if (exception.equals("*")) {
      return true;
    }
    if (exception.indexOf('/') > 0) {
      return AddressBlock.contains(exception, host);
    }
    String name = exception;
    int colon = exception.lastIndexOf(':');
    if (colon > 0 && exception.indexOf(':') == colon) {
      if (!exception.substring(colon + 1).equals(Integer.toString(port))) {
        return false;
      }
      name = exception.substring(0, colon);
    }
    String suffix = name.startsWith("*.") ? name.substring(1) : name;
    return suffix.startsWith(".")
        ? host.endsWith(suffix)
        : host.equals(suffix) || host.endsWith("." + suffix);
  }
}
