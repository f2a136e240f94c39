package dev.sluice.layer;

/** Bits of {@code st_mode} on Linux. */
final class FileMode {
  static final int TYPE_MASK = 0170000;
  static final int FIFO = 0010000;
  static final int CHAR_DEVICE = 0020000;
  static final int DIRECTORY = 0040000;
  static final int BLOCK_DEVICE = 0060000;
  static final int REGULAR = 0100000;
  static final int SYMLINK = 0120000;

  private FileMode() {}
}
