package dev.sluice.embedded;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One range of a Range header, fitted to a size: {@code [from, to)}. */
record ByteRange(long from, long to) {
  private static final Pattern SINGLE = Pattern.compile("bytes=(\\d*)-(\\d*)");
  private static final ByteRange UNSATISFIABLE = new ByteRange(-1, -1);

  /** Null if there is none, or none that a server must obey: several ranges, another unit. */
  static @Nullable ByteRange of(@Nullable String header, long size) {
    if (header == null || header.trim().equals("bytes=-")) {
      return null;
    }
    Matcher parts = SINGLE.matcher(header.trim());
    if (!parts.matches()) {
      return null;
    }
    if (parts.group(1).isEmpty()) {
      long last = Math.min(size, Long.parseLong(parts.group(2)));
      return last == 0 ? UNSATISFIABLE : new ByteRange(size - last, size);
    }
    long from = Long.parseLong(parts.group(1));
    long last = parts.group(2).isEmpty() ? size - 1 : Long.parseLong(parts.group(2));
    if (last < from && !parts.group(2).isEmpty()) {
      return null;
    }
    return from >= size ? UNSATISFIABLE : new ByteRange(from, Math.min(size, last + 1));
  }

  boolean satisfiable() {
    return from >= 0;
  }
}
