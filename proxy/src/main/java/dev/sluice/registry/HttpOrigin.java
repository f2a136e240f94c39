package dev.sluice.registry;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Scheme, host and port: the border that credentials don't cross.
 *
 * @param host without brackets
 */
record HttpOrigin(boolean tls, String host, int port) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
  private static final Pattern ADDRESS = Pattern.compile("[0-9A-Fa-f:.%]{2,64}");

  /** The origin of a registry {@code name[:port]}. */
  static HttpOrigin of(String authority, boolean tls) {
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon >= 0 && colon > authority.lastIndexOf(']');
    String name = hasPort ? authority.substring(0, colon) : authority;
    int port = tls ? 443 : 80;
    if (hasPort) {
      port = port(authority.substring(colon + 1));
    }
    boolean literal = name.startsWith("[") && name.endsWith("]");
    if (literal) {
      name = name.substring(1, name.length() - 1);
    }
    if (!(literal ? ADDRESS : NAME).matcher(name).matches()) {
      throw new IllegalArgumentException("it names no host");
    }
    return new HttpOrigin(tls, name.toLowerCase(Locale.ROOT), port);
  }

  private static int port(String text) {
    boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int port = digits && text.length() <= 5 ? Integer.parseInt(text) : 0;
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("'" + text + "' is no port");
    }
    return port;
  }

  private boolean hasDefaultPort() {
    return port == (tls ? 443 : 80);
  }

  String authority() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return hasDefaultPort() ? name : name + ":" + port;
  }

  @Override
  public String toString() {
    return (tls ? "https://" : "http://") + authority();
  }
}
