package dev.sluice.credentials;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A pattern of {@code matchImages}, or a key of a plugin's answer, that matches as in the kubelet:
 * {@code *} stands for any part of one label of the domain, the number of labels and the port must
 * be the same, the path is a prefix of the image's (of its text, so {@code /team} is one of {@code
 * /teams} too).
 *
 * @param text as it was written, without scheme
 */
record ImagePattern(String text, List<Pattern> labels, String port, String path) {
  private static final Pattern PORT = Pattern.compile("[0-9]*");
  private static final Pattern HOST = Pattern.compile("[^\\\\\\s@%^`{|}]+");
  private static final Pattern SCHEME = Pattern.compile("^https?://");
  private static final Pattern VERSION = Pattern.compile("^/v[12]/");
  private static final Pattern NOTHING = Pattern.compile("(?!)");

  /**
   * @throws SluiceException INVALID if the kubelet wouldn't take it either
   */
  static ImagePattern parse(String text) {
    // Where a URL's query or fragment would begin the kubelet stops reading.
    String plain = text.replaceFirst("[?#].*$", "");
    int slash = plain.indexOf('/');
    String authority = slash < 0 ? plain : plain.substring(0, slash);
    String path = slash < 0 ? "" : plain.substring(slash);
    int colon = authority.lastIndexOf(':');
    boolean bracket = colon < authority.lastIndexOf(']');
    String host = colon < 0 || bracket ? authority : authority.substring(0, colon);
    String port = colon < 0 || bracket ? "" : authority.substring(colon + 1);
    if (!HOST.matcher(host).matches() || !PORT.matcher(port).matches()) {
      String shown = text.length() > 100 ? text.substring(0, 100) + "…" : text;
      throw new SluiceException(
          FailureKind.INVALID,
          "'" + shown + "' is no pattern for images (host[:port][/path], * in labels of the host)");
    }
    List<Pattern> labels = new ArrayList<>();
    for (String label : host.split("\\.", -1)) {
      labels.add(glob(label));
    }
    return new ImagePattern(text, List.copyOf(labels), port, path);
  }

  /** A key of an answer: may have a scheme and Docker's {@code /v1/} or {@code /v2/}. */
  static ImagePattern ofKey(String key) {
    String plain = SCHEME.matcher(key).replaceFirst("");
    int slash = plain.indexOf('/');
    if (slash < 0) {
      return parse(plain);
    }
    String path = VERSION.matcher(plain.substring(slash)).replaceFirst("/");
    return parse(plain.substring(0, slash) + (path.equals("/") ? "" : path));
  }

  boolean matches(Repository repository) {
    String authority = repository.host();
    int colon = authority.lastIndexOf(':');
    boolean bracket = colon < authority.lastIndexOf(']');
    String host = colon < 0 || bracket ? authority : authority.substring(0, colon);
    String ownPort = colon < 0 || bracket ? "" : authority.substring(colon + 1);
    String[] parts = host.split("\\.", -1);
    if (!ownPort.equals(port)
        || parts.length != labels.size()
        || !("/" + repository.path()).startsWith(path)) {
      return false;
    }
    for (int i = 0; i < parts.length; i++) {
      if (!labels.get(i).matcher(parts[i]).matches()) {
        return false;
      }
    }
    return true;
  }

  /** Go's {@code filepath.Match}; one that is malformed matches nothing. */
  private static Pattern glob(String label) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < label.length(); i++) {
      char c = label.charAt(i);
      if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '[') {
        int end = label.indexOf(']', i + 2);
        if (end < 0) {
          return NOTHING;
        }
        regex.append('[').append(label, i + 1, end).append(']');
        i = end;
      } else {
        regex.append(Pattern.quote(String.valueOf(c)));
      }
    }
    try {
      return Pattern.compile(regex.toString());
    } catch (PatternSyntaxException _) {
      return NOTHING;
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
