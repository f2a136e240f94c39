package dev.sluice.registry.hosts;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a host's API is.
 *
 * @param host without brackets
 * @param port -1 if none is written
 * @param authority {@code name[:port]} as it is written
 * @param base what comes before {@code /<repository>/…}: {@code /v2}, or {@code ""}
 */
public record HostUrl(boolean tls, String host, int port, String authority, String base) {
  static final String API = "/v2";
  private static final Pattern URL =
      Pattern.compile(
          "(?:(https?)://)?(?:[^/?#@]*@)?"
              + "((\\[[0-9A-Fa-f:.]{2,64}]|[A-Za-z0-9._-]{1,253})(?::[0-9]{1,5})?)"
              + "(/[^?#]*)?(?:[?#].*)?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern PATH = Pattern.compile("[A-Za-z0-9._~!$&'()*+,;=:@%/-]*");

  /**
   * Reads {@code [scheme://]name[:port][/path]}; without a scheme it is https.
   *
   * @param asItIs whether the path is taken as it is, without {@code /v2}
   * @throws IllegalArgumentException if it is none; the message doesn't hold the text
   */
  static HostUrl parse(String text, boolean asItIs) {
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      throw new IllegalArgumentException("it is no http:// or https:// URL");
    }
    String path = url.group(4) == null ? "" : url.group(4);
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException("its path has characters that no URL has");
    }
    return of(!"http".equalsIgnoreCase(url.group(1)), url.group(2), base(clean(path), asItIs));
  }

  /**
   * @throws IllegalArgumentException if the port is none
   */
  static HostUrl of(boolean tls, String authority, String base) {
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    String name = hasPort ? authority.substring(0, colon) : authority;
    String digits = hasPort ? authority.substring(colon + 1) : "";
    int port = digits.isEmpty() ? -1 : Integer.parseInt(digits);
    if (port == 0 || port > 65535) {
      throw new IllegalArgumentException("'" + digits + "' is no port");
    }
    boolean literal = name.startsWith("[");
    return new HostUrl(
        tls, literal ? name.substring(1, name.length() - 1) : name, port, authority, base);
  }

  private static String base(String path, boolean asItIs) {
    return asItIs || path.endsWith(API) ? path : path + API;
  }

  /** Without empty parts, {@code .} and {@code ..}; {@code ""} for the root. */
  private static String clean(String path) {
    Deque<String> parts = new ArrayDeque<>();
    for (String part : path.split("/", -1)) {
      if (part.equals("..")) {
        parts.pollLast();
      } else if (!part.isEmpty() && !part.equals(".")) {
        parts.addLast(part);
      }
    }
    return parts.isEmpty() ? "" : "/" + String.join("/", parts);
  }
}
