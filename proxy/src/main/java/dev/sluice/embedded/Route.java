package dev.sluice.embedded;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a path of the distribution API names.
 *
 * @param argument tag, digest or upload session; {@code ""} where the path has none
 */
record Route(RequestKind kind, String repository, String argument) {
  private static final Pattern API =
      Pattern.compile(
          "/v2/([a-z0-9][a-z0-9._/-]*)/(manifests|blobs/uploads|blobs|referrers|tags)/([^/]*)");

  static Route of(String path) {
    if (path.equals("/v2/") || path.equals("/v2")) {
      return new Route(RequestKind.PING, "", "");
    }
    if (path.equals("/token")) {
      return new Route(RequestKind.TOKEN, "", "");
    }
    Matcher parts = API.matcher(path);
    if (!parts.matches()) {
      return new Route(RequestKind.OTHER, "", "");
    }
    RequestKind kind =
        switch (parts.group(2)) {
          case "manifests" -> RequestKind.MANIFEST;
          case "blobs" -> RequestKind.BLOB;
          case "blobs/uploads" -> RequestKind.UPLOAD;
          case "referrers" -> RequestKind.REFERRERS;
          default -> parts.group(3).equals("list") ? RequestKind.TAGS : RequestKind.OTHER;
        };
    return new Route(kind, parts.group(1), parts.group(3));
  }
}
