package dev.sluice.registry.hosts;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Where a registry itself is when no file says so. */
final class NamespaceServer {
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private NamespaceServer() {}

  /**
   * @param namespace {@code name[:port]} of the registry
   * @param plain whether the user wants it reached without TLS
   */
  static ConfiguredHost locate(ConfiguredHost itself, String namespace, boolean plain) {
    TlsFiles tls = itself.tls();
    if (namespace.equals("docker.io") || namespace.equals("index.docker.io")) {
      return itself.at(HostUrl.of(true, "registry-1.docker.io", HostUrl.API), tls);
    }
    HostUrl url = HostUrl.of(!plain, namespace, HostUrl.API);
    if (plain || !isLoopback(url.host())) {
      return itself.at(url, tls);
    }
    // Without a word from the user a local registry may speak either: whoever has a certificate
    // made it himself.
    boolean secure = url.port() == -1 || url.port() == 443;
    TlsFiles lax =
        url.port() == 80 ? tls : new TlsFiles(tls.authorities(), tls.clients(), Boolean.TRUE);
    return itself.at(HostUrl.of(secure, namespace, HostUrl.API), lax);
  }

  private static boolean isLoopback(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    if (!ADDRESS.matcher(host).matches()) {
      return false;
    }
    try {
      // A literal is never looked up.
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException _) {
      return false;
    }
  }
}
