package dev.sluice.oci;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names an image in a registry: {@code [host[:port]/]repository[:tag][@digest]}. Without a host it
 * is Docker Hub's, without tag and digest the tag is {@code latest}.
 *
 * @param tag the tag, or null if only a digest was given
 * @param digest the digest, which wins over the tag, or null
 */
public record ImageReference(Repository repository, @Nullable String tag, @Nullable Digest digest) {
  private static final Pattern HOST =
      Pattern.compile(
          "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
              + "(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\\[[0-9a-fA-F:]+])(?::[0-9]{1,5})?");
  private static final Pattern PATH_PART =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
  private static final int MAX_NAME = 255;

  /**
   * @throws SluiceException INVALID, naming the part that is wrong
   */
  public static ImageReference parse(String text) {
    if (text.contains("://")) {
      throw invalid(text, "a reference has no scheme", "leave out everything up to '://'");
    }
    String rest = text;
    Digest digest = null;
    int sign = rest.indexOf('@');
    if (sign >= 0) {
      digest = Digest.parse(rest.substring(sign + 1));
      rest = rest.substring(0, sign);
    }
    String tag = null;
    int colon = rest.lastIndexOf(':');
    if (colon > rest.lastIndexOf('/')) {
      tag = rest.substring(colon + 1);
      rest = rest.substring(0, colon);
      if (!TAG.matcher(tag).matches()) {
        throw invalid(text, "'" + tag + "' is no tag", null);
      }
    }
    if (tag == null && digest == null) {
      tag = "latest";
    }
    return new ImageReference(repository(text, rest), tag, digest);
  }

  private static Repository repository(String text, String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean hasHost =
        first.contains(".")
            || first.contains(":")
            || first.equals("localhost")
            || !first.equals(first.toLowerCase(java.util.Locale.ROOT));
    String host = hasHost ? first : "docker.io";
    String path = hasHost ? name.substring(slash + 1) : name;
    if (host.equals("index.docker.io") || host.equals("registry-1.docker.io")) {
      host = "docker.io";
    }
    if (host.equals("docker.io") && path.indexOf('/') < 0) {
      path = "library/" + path;
    }
    if (!HOST.matcher(host).matches()) {
      throw invalid(text, "'" + host + "' is no host", null);
    }
    if (path.length() > MAX_NAME) {
      throw invalid(text, "its repository has more than " + MAX_NAME + " characters", null);
    }
    for (String part : path.split("/", -1)) {
      if (!PATH_PART.matcher(part).matches()) {
        String hint =
            part.equals(part.toLowerCase(java.util.Locale.ROOT))
                ? null
                : "repositories are written in lower case";
        throw invalid(text, "'" + part + "' can't be part of a repository's name", hint);
      }
    }
    return new Repository(host, path);
  }

  /** What a registry is asked for: the digest, else the tag. */
  public String tagOrDigest() {
    if (digest != null) {
      return digest.toString();
    }
    return tag == null ? "latest" : tag;
  }

  @Override
  public String toString() {
    return repository + (tag == null ? "" : ":" + tag) + (digest == null ? "" : "@" + digest);
  }

  private static SluiceException invalid(String text, String cause, @Nullable String advice) {
    String shown = text.length() > 120 ? text.substring(0, 120) + "…" : text;
    return new SluiceException(
        FailureKind.INVALID, "image reference '" + shown + "': " + cause, advice, null);
  }
}
