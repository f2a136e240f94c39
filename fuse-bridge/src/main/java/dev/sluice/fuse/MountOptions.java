package dev.sluice.fuse;

/**
 * How to mount.
 *
 * @param source what the mount table shows as the device, e.g. "sluice"
 * @param subtype what the mount table shows after "fuse."
 * @param threads how many threads read requests
 * @param readAheadBytes the kernel's read-ahead per file
 */
public record MountOptions(String source, String subtype, int threads, int readAheadBytes) {
  public static final MountOptions DEFAULT = new MountOptions("sluice", "sluice", 2, 512 << 10);
}
