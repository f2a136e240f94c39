package dev.sluice.fuse;

import java.util.regex.Pattern;

/**
 * How to mount.
 *
 * @param source what the mount table shows as the device, e.g. "sluice"
 * @param subtype what the mount table shows after "fuse."
 * @param threads how many threads read requests, 1 to {@link #MAX_THREADS}
 * @param readAheadBytes the kernel's read-ahead per file
 */
public record MountOptions(String source, String subtype, int threads, int readAheadBytes) {
  public static final int MAX_THREADS = 64;

  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9._:/-]+");

  public static final MountOptions DEFAULT = new MountOptions("sluice", "sluice", 2, 512 << 10);

  public MountOptions {
    if (!WORD.matcher(source).matches() || !WORD.matcher(subtype).matches()) {
      throw new IllegalArgumentException(
          "mount options: source \"%s\" and subtype \"%s\" take letters, digits and . _ : / -"
              .formatted(source, subtype));
    }
    if (threads < 1 || threads > MAX_THREADS || readAheadBytes < 0) {
      throw new IllegalArgumentException(
          "mount options: %d threads, read-ahead of %d bytes".formatted(threads, readAheadBytes));
    }
  }

  /** The file system type that the mount table shows. */
  public String type() {
    return "fuse." + subtype;
  }
}
