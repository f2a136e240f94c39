package dev.sluice.registry;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A Content-Range header: {@code bytes first-last/total}.
 *
 * @param total -1 if it is {@code *}
 */
record ContentRange(long first, long last, long total) {
  private static final Pattern FORM =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");

  /** Null if it is absent or has another form. */
  static @Nullable ContentRange parse(@Nullable String header) {
    Matcher parts = FORM.matcher(header == null ? "" : header.strip());
    if (!parts.matches()) {
      return null;
    }
    return new ContentRange(
        Long.parseLong(parts.group(1)),
        Long.parseLong(parts.group(2)),
        parts.group(3).equals("*") ? -1 : Long.parseLong(parts.group(3)));
  }
}
