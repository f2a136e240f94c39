package dev.sluice.erofs;

import dev.sluice.layer.FileMode;

/** Numbers of the on-disk format, as the kernel's documentation of EROFS gives them. */
final class Format {
  /** A tar's contents lie at multiples of this, so blocks must be no larger. */
  static final int BLOCK = 512;

  static final int BLOCK_BITS = 9;

  /** Inodes are numbered by their place in the image in units of this. */
  static final int SLOT = 32;

  static final int SLOT_BITS = 5;

  static final int SUPER_OFFSET = 1024;
  static final int SUPER_BYTES = 128;
  static final int DEVICE_SLOT_BYTES = 128;

  /** Where the inodes begin: behind the superblock and its one device slot, at a block. */
  static final int META_OFFSET = 1536;

  static final int MAGIC = 0xE0F5E1E2;
  static final int COMPAT_CHECKSUM = 1;
  static final int COMPAT_MTIME = 2;
  static final int INCOMPAT_CHUNKED_FILE = 4;
  static final int INCOMPAT_DEVICE_TABLE = 8;

  static final int COMPACT_BYTES = 32;
  static final int EXTENDED_BYTES = 64;
  static final int EXTENDED = 1;
  static final int LAYOUT_SHIFT = 1;
  static final int FLAT_PLAIN = 0;
  static final int FLAT_INLINE = 2;
  static final int CHUNK_BASED = 4;

  /** A chunk is a block shifted left by at most this. */
  static final int MAX_CHUNK_SHIFT = 31;

  static final int CHUNK_INDEXES = 0x20;
  static final int CHUNK_INDEX_BYTES = 8;

  /** The device of which chunks are: the first after the image itself. */
  static final int TAR_DEVICE = 1;

  /** One more would be the mark of a hole. */
  static final long MAX_BLOCK_NUMBER = 0xFFFF_FFFEL;

  static final int DIRENT_BYTES = 12;
  static final int MAX_NAME = 255;

  /** What a link target may have on Linux. */
  static final int MAX_LINK_TARGET = 4095;

  private Format() {}

  static long alignUp(long value, int powerOfTwo) {
    return (value + powerOfTwo - 1) & -powerOfTwo;
  }

  /** What an entry of a directory says of its node's type. */
  static byte fileType(int mode) {
    return switch (mode & FileMode.TYPE_MASK) {
      case FileMode.REGULAR -> 1;
      case FileMode.DIRECTORY -> 2;
      case FileMode.CHAR_DEVICE -> 3;
      case FileMode.BLOCK_DEVICE -> 4;
      case FileMode.FIFO -> 5;
      case FileMode.SYMLINK -> 7;
      default -> 0;
    };
  }
}
