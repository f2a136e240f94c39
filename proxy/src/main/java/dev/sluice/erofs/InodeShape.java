package dev.sluice.erofs;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.FileMode;
import dev.sluice.layer.LayerTree;

/** How an inode is stored. Measured for one node after another. */
final class InodeShape {
  /*
   * An inode is followed by its attributes and then, for a file with content, by the index of its
   * chunks; for a directory or a symbolic link, by the end of its data, if that fits into the same
   * block (the kernel demands it). What doesn't fit stands in blocks of its own: the whole blocks
   * of a directory, or all if the end fits nowhere.
   */
  private static final int MAX_16 = 0xFFFF;
  private static final long MAX_32 = 0xFFFF_FFFFL;

  private final LayerTree tree;
  private final Epoch epoch;
  private final XattrTable xattrs;
  private final Dirents dirents;
  private final long tarLength;

  boolean compact;
  int inodeBytes;
  int xattrBytes;
  long size;
  int chunkShift;
  int chunks;

  /** Bytes of the last, partial block of a directory or link; 0 if there is none. */
  int tail;

  InodeShape(LayerTree tree, Epoch epoch, XattrTable xattrs, Dirents dirents, long tarLength) {
    this.tree = tree;
    this.epoch = epoch;
    this.xattrs = xattrs;
    this.dirents = dirents;
    this.tarLength = tarLength;
  }

  /** Looks at a node; if it is a directory, {@link Dirents} are open at it afterwards. */
  void measure(int node) {
    xattrBytes = xattrs.bodyBytes(node);
    size = 0;
    tail = 0;
    chunks = 0;
    switch (tree.mode(node) & FileMode.TYPE_MASK) {
      case FileMode.DIRECTORY -> {
        dirents.open(node);
        size = dirents.size();
        tail = (int) (size % Format.BLOCK);
      }
      case FileMode.SYMLINK -> {
        size = tree.size(node);
        tail = (int) (size % Format.BLOCK);
      }
      case FileMode.REGULAR -> {
        size = tree.size(node);
        measureChunks(node);
      }
      default -> {}
    }
    compact =
        epoch.isOf(tree, node)
            && Integer.compareUnsigned(tree.uid(node), MAX_16) <= 0
            && Integer.compareUnsigned(tree.gid(node), MAX_16) <= 0
            && tree.links(node) <= MAX_16
            && size <= MAX_32;
    inodeBytes = compact ? Format.COMPACT_BYTES : Format.EXTENDED_BYTES;
  }

  /** Where to put the inode, at {@code at} or a little behind it. */
  long place(long at) {
    if (tail == 0 || tailFits(at)) {
      return at;
    }
    for (long later = at + Format.SLOT; later - at <= Format.BLOCK - tail; later += Format.SLOT) {
      if (tailFits(later)) {
        return later;
      }
    }
    return at;
  }

  /** Whether an inode at {@code place} has the end of its data behind it. */
  boolean isInline(long place) {
    return tail > 0 && tailFits(place);
  }

  /** Where all that belongs to an inode at {@code place} ends. */
  long end(long place) {
    if (chunks > 0) {
      return chunksAt(place) + (long) chunks * Format.CHUNK_INDEX_BYTES;
    }
    return place + inodeBytes + xattrBytes + (isInline(place) ? tail : 0);
  }

  long chunksAt(long place) {
    return Format.alignUp(place + inodeBytes + xattrBytes, Format.CHUNK_INDEX_BYTES);
  }

  /** How many blocks of its own the data of an inode at {@code place} takes. */
  long blocks(long place) {
    if (chunks > 0) {
      return 0;
    }
    return isInline(place)
        ? size / Format.BLOCK
        : Format.alignUp(size, Format.BLOCK) / Format.BLOCK;
  }

  private boolean tailFits(long place) {
    return (place + inodeBytes + xattrBytes) % Format.BLOCK + tail <= Format.BLOCK;
  }

  private void measureChunks(int node) {
    if (size == 0) {
      return;
    }
    long offset = tree.dataOffset(node);
    if (size < 0 || offset < 0 || offset > tarLength - size) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "write the names of a layer: a file at [%d, +%d) is outside of the tar of %d bytes"
              .formatted(offset, size, tarLength));
    }
    if (offset % Format.BLOCK != 0) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "write the names of a layer: a file begins at %d, which is no multiple of %d"
              .formatted(offset, Format.BLOCK));
    }
    long blocks = Format.alignUp(size, Format.BLOCK) / Format.BLOCK;
    if (offset / Format.BLOCK + blocks > tarLength / Format.BLOCK) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "write the names of a layer: the tar of %d bytes ends within the last block of a file"
              .formatted(tarLength));
    }
    if (offset / Format.BLOCK + blocks - 1 > Format.MAX_BLOCK_NUMBER) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED, "write the names of a layer: a file lies behind 2 TiB of tar");
    }
    chunkShift =
        Math.min(Format.MAX_CHUNK_SHIFT, Long.SIZE - Long.numberOfLeadingZeros(blocks - 1));
    chunks = (int) (((blocks - 1) >> chunkShift) + 1);
  }
}
