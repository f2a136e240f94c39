package dev.sluice.fuse;

/** Attributes of a node, as stat(2) shows them; reused by bridges, so every field is set anew. */
public final class Attributes {
  /** Inode number that users see. */
  public long inode;

  public long size;

  /** Type and permission bits, as in {@code st_mode}. */
  public int mode;

  public int links;
  public int uid;
  public int gid;

  /** Device number in the kernel's new encoding (see {@link #device}), 0 if no device. */
  public int device;

  public long mtimeSeconds;
  public int mtimeNanos;

  /** The kernel's 32-bit form of a device number: 12 bits of major, 20 bits of minor. */
  public static int device(long major, long minor) {
    return (int) ((minor & 0xff) | ((major & 0xfff) << 8) | ((minor & 0xfff00) << 12));
  }
}
