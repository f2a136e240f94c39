package dev.sluice.snapshot;

/** Disk space of one snapshot without its ancestors. */
public record Usage(long bytes, long inodes) {
  static final Usage NONE = new Usage(0, 0);
}
