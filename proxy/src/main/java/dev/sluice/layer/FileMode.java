package dev.sluice.layer;

/** Bits of {@code st_mode} on Linux. */
public final class FileMode {
  public static final int TYPE_MASK = 0170000;
  public static final int FIFO = 0010000;
  public static final int CHAR_DEVICE = 0020000;
  public static final int DIRECTORY = 0040000;
  public static final int BLOCK_DEVICE = 0060000;
  public static final int REGULAR = 0100000;
  public static final int SYMLINK = 0120000;

  private FileMode() {}
}
