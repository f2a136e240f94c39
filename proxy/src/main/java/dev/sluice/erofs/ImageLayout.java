package dev.sluice.erofs;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.FileMode;
import dev.sluice.layer.LayerTree;
import java.util.BitSet;

/**
 * Where everything stands in an image: superblock, inodes with what fits beside them, blocks of
 * directories and long links, shared extended attributes.
 */
final class ImageLayout {
  final LayerTree tree;
  final Epoch epoch;
  final XattrTable xattrs;

  /** Nodes that have a name, the root first, the entries of a directory side by side. */
  final int[] order;

  /** How many of {@link #order} count. */
  final int inodes;

  final long dataAt;

  /** 0 if there are none. */
  final long sharedXattrsAt;

  final long length;

  private final long tarLength;
  private final int[] nids;

  ImageLayout(LayerTree tree, long tarLength, long maxLength) {
    this.tree = tree;
    this.tarLength = tarLength;
    this.order = new int[tree.count()];
    this.inodes = putInOrder();
    this.epoch = Epoch.of(tree, order, inodes);
    this.xattrs = new XattrTable(tree, order, inodes);
    this.nids = new int[tree.count()];
    Dirents dirents = new Dirents(tree);
    InodeShape shape = shape(dirents);
    long at = Format.META_OFFSET;
    long blocks = 0;
    for (int i = 0; i < inodes; i++) {
      int node = order[i];
      check(node, dirents);
      shape.measure(node);
      long place = shape.place(at);
      at = Format.alignUp(shape.end(place), Format.SLOT);
      blocks += shape.blocks(place);
      if (at + blocks * Format.BLOCK > maxLength) {
        throw new SluiceException(
            FailureKind.UNSUPPORTED,
            "write the names of a layer: it has too many: %d of %d entries take more than %d bytes"
                .formatted(i, inodes, maxLength));
      }
      nids[node] = (int) (place >>> Format.SLOT_BITS);
    }
    this.dataAt = Format.alignUp(at, Format.BLOCK);
    long end = dataAt + blocks * Format.BLOCK;
    this.sharedXattrsAt = xattrs.sharedBytes() == 0 ? 0 : end;
    this.length = end + Format.alignUp(xattrs.sharedBytes(), Format.BLOCK);
  }

  /** The number of a node's inode. */
  int nid(int node) {
    return nids[node];
  }

  /** Where a node's inode stands. */
  long place(int node) {
    return (long) nids[node] << Format.SLOT_BITS;
  }

  InodeShape shape(Dirents dirents) {
    return new InodeShape(tree, epoch, xattrs, dirents, tarLength);
  }

  private int putInOrder() {
    BitSet seen = new BitSet(order.length);
    order[0] = LayerTree.ROOT;
    seen.set(LayerTree.ROOT);
    int found = 1;
    for (int i = 0; i < found; i++) {
      int dir = order[i];
      if (tree.isDirectory(dir)) {
        int first = tree.firstEntry(dir);
        for (int e = first; e < first + tree.entryCount(dir); e++) {
          int node = tree.entryNode(e);
          if (!seen.get(node)) {
            seen.set(node);
            order[found++] = node;
          }
        }
      }
    }
    return found;
  }

  private void check(int node, Dirents dirents) {
    if (tree.isDirectory(node)) {
      dirents.open(node);
      dirents.check();
    }
    if ((tree.mode(node) & FileMode.TYPE_MASK) == FileMode.SYMLINK
        && tree.size(node) > Format.MAX_LINK_TARGET) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "write the names of a layer: a symbolic link's target has %d bytes, and %d is the most"
              .formatted(tree.size(node), Format.MAX_LINK_TARGET));
    }
  }
}
