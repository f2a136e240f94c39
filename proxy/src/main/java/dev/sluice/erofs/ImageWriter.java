package dev.sluice.erofs;

import dev.sluice.layer.FileMode;
import dev.sluice.layer.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes what stands behind the superblock, in two rounds: inodes, then blocks. */
final class ImageWriter {
  private static final byte[] NOTHING = {};

  private final ImageLayout layout;
  private final LayerTree tree;
  private final ImageSink sink;
  private final Dirents dirents;
  private final InodeShape shape;

  /** The next free one of the blocks for data. */
  private long block;

  ImageWriter(ImageLayout layout, ImageSink sink) {
    this.layout = layout;
    this.tree = layout.tree;
    this.sink = sink;
    this.dirents = new Dirents(tree);
    this.shape = layout.shape(dirents);
    this.block = layout.dataAt / Format.BLOCK;
  }

  void write() throws IOException {
    for (int i = 0; i < layout.inodes; i++) {
      writeInode(layout.order[i]);
    }
    sink.padTo(layout.dataAt);
    for (int i = 0; i < layout.inodes; i++) {
      int type = tree.mode(layout.order[i]) & FileMode.TYPE_MASK;
      if (type == FileMode.DIRECTORY || type == FileMode.SYMLINK) {
        writeBlocks(layout.order[i]);
      }
    }
    if (layout.sharedXattrsAt > 0) {
      sink.padTo(layout.sharedXattrsAt);
      layout.xattrs.writeShared(sink);
    }
  }

  private void writeInode(int node) throws IOException {
    shape.measure(node);
    long place = layout.place(node);
    sink.padTo(place);
    long blocks = shape.blocks(place);
    ByteBuffer into = sink.room(Format.EXTENDED_BYTES);
    into.putShort(
        (short) (dataLayout(place) << Format.LAYOUT_SHIFT | (shape.compact ? 0 : Format.EXTENDED)));
    into.putShort(XattrTable.units(shape.xattrBytes));
    into.putShort((short) tree.mode(node));
    if (shape.compact) {
      into.putShort((short) tree.links(node));
      into.putInt((int) shape.size);
      into.putInt(0); // seconds since the superblock's time
      into.putInt(detail(node, blocks));
      into.putInt(node + 1);
      into.putShort((short) tree.uid(node));
      into.putShort((short) tree.gid(node));
      into.putInt(0);
    } else {
      into.putShort((short) 0);
      into.putLong(shape.size);
      into.putInt(detail(node, blocks));
      into.putInt(node + 1);
      into.putInt(tree.uid(node));
      into.putInt(tree.gid(node));
      into.putLong(tree.mtimeSeconds(node));
      into.putInt(tree.mtimeNanos(node));
      into.putInt(tree.links(node));
      into.putLong(0).putLong(0);
    }
    block += blocks;
    if (shape.xattrBytes > 0) {
      layout.xattrs.writeBody(node, sink);
    }
    if (shape.chunks > 0) {
      sink.padTo(shape.chunksAt(place));
      writeChunks(node);
    } else if (shape.isInline(place)) {
      writeTail(node);
    }
  }

  private int dataLayout(long place) {
    if (shape.chunks > 0) {
      return Format.CHUNK_BASED;
    }
    return shape.isInline(place) ? Format.FLAT_INLINE : Format.FLAT_PLAIN;
  }

  /** The field that means the first block, the device or the form of the chunks. */
  private int detail(int node, long blocks) {
    if (shape.chunks > 0) {
      return Format.CHUNK_INDEXES | shape.chunkShift;
    }
    return blocks > 0 ? (int) block : tree.device(node);
  }

  private void writeChunks(int node) throws IOException {
    long first = tree.dataOffset(node) / Format.BLOCK;
    ByteBuffer into = sink.room(shape.chunks * Format.CHUNK_INDEX_BYTES);
    for (int i = 0; i < shape.chunks; i++) {
      into.putShort((short) 0); // the upper half of the block's number
      into.putShort((short) Format.TAR_DEVICE);
      into.putInt((int) (first + ((long) i << shape.chunkShift)));
    }
  }

  private void writeTail(int node) throws IOException {
    if (tree.isDirectory(node)) {
      int from = 0;
      for (int to = dirents.blockEnd(0); to < dirents.count(); to = dirents.blockEnd(to)) {
        from = to;
      }
      dirents.write(from, dirents.count(), layout, sink);
    } else {
      byte[] target = target(node);
      sink.bytes(Arrays.copyOfRange(target, target.length - shape.tail, target.length));
    }
  }

  private void writeBlocks(int node) throws IOException {
    shape.measure(node);
    long blocks = shape.blocks(layout.place(node));
    long start = sink.position();
    if (tree.isDirectory(node)) {
      int from = 0;
      for (long i = 1; i <= blocks; i++) {
        int to = dirents.blockEnd(from);
        dirents.write(from, to, layout, sink);
        sink.padTo(start + i * Format.BLOCK);
        from = to;
      }
    } else if (blocks > 0) {
      byte[] target = target(node);
      int length = (int) Math.min(target.length, blocks * Format.BLOCK);
      sink.bytes(Arrays.copyOf(target, length));
      sink.padTo(start + blocks * Format.BLOCK);
    }
  }

  private byte[] target(int node) {
    byte[] target = tree.linkTarget(node);
    return target == null ? NOTHING : target;
  }
}
