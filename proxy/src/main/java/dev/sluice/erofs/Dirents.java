package dev.sluice.erofs;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The entries of one directory in EROFS's order, that of the bytes of their names, with {@code .}
 * and {@code ..} in their places, packed into blocks. Opened for one directory after another.
 */
final class Dirents {
  private static final byte[] SELF = {'.'};
  private static final byte[] PARENT = {'.', '.'};
  private static final int MAX_NAME_SHOWN = 40;

  private final LayerTree tree;
  private int dir;
  private int first;
  private int count;
  private int self;
  private int parent;

  Dirents(LayerTree tree) {
    this.tree = tree;
  }

  void open(int directory) {
    dir = directory;
    first = tree.firstEntry(directory);
    int named = tree.entryCount(directory);
    count = named + 2;
    self = 0;
    while (self < named && tree.compareName(first + self, SELF) < 0) {
      self++;
    }
    parent = self + 1;
    while (parent - 1 < named && tree.compareName(first + parent - 1, PARENT) < 0) {
      parent++;
    }
  }

  /** How many bytes the directory has: all blocks but the last are full. */
  long size() {
    long size = 0;
    for (int from = 0; from < count; ) {
      int to = blockEnd(from);
      size += to < count ? Format.BLOCK : bytes(from, to);
      from = to;
    }
    return size;
  }

  int count() {
    return count;
  }

  /** The first entry that doesn't fit into the block that begins with entry {@code from}. */
  int blockEnd(int from) {
    int bytes = 0;
    int to = from;
    while (to < count) {
      int more = Format.DIRENT_BYTES + nameLength(to);
      if (bytes + more > Format.BLOCK) {
        break;
      }
      bytes += more;
      to++;
    }
    return to;
  }

  int bytes(int from, int to) {
    int bytes = 0;
    for (int i = from; i < to; i++) {
      bytes += Format.DIRENT_BYTES + nameLength(i);
    }
    return bytes;
  }

  /** Writes the entries of one block, without what may be unused at its end. */
  void write(int from, int to, ImageLayout layout, ImageSink sink) throws IOException {
    ByteBuffer into = sink.room(Format.BLOCK);
    int nameAt = (to - from) * Format.DIRENT_BYTES;
    for (int i = from; i < to; i++) {
      int node = node(i);
      into.putLong(layout.nid(node));
      into.putShort((short) nameAt);
      into.put(Format.fileType(tree.mode(node)));
      into.put((byte) 0);
      nameAt += nameLength(i);
    }
    for (int i = from; i < to; i++) {
      if (i == self) {
        into.put(SELF);
      } else if (i == parent) {
        into.put(PARENT);
      } else {
        tree.putName(entry(i), into);
      }
    }
  }

  /** Refuses names that no Linux file system has. */
  void check() {
    for (int e = first; e < first + count - 2; e++) {
      int length = tree.nameLength(e);
      if (length > Format.MAX_NAME || length == 0) {
        byte[] name = new byte[length];
        tree.putName(e, ByteBuffer.wrap(name));
        String shown = new String(name, StandardCharsets.UTF_8);
        throw new SluiceException(
            FailureKind.CORRUPT,
            "write the names of a layer: the name '%s' in /%s has %d bytes, and a name has 1 to %d"
                .formatted(
                    shown.length() > MAX_NAME_SHOWN
                        ? shown.substring(0, MAX_NAME_SHOWN) + "…"
                        : shown,
                    tree.directoryPath(dir),
                    length,
                    Format.MAX_NAME));
      }
    }
  }

  private int nameLength(int i) {
    if (i == self) {
      return SELF.length;
    }
    return i == parent ? PARENT.length : tree.nameLength(entry(i));
  }

  private int node(int i) {
    if (i == self) {
      return dir;
    }
    return i == parent ? tree.parent(dir) : tree.entryNode(entry(i));
  }

  private int entry(int i) {
    return first + i - (i > parent ? 2 : i > self ? 1 : 0);
  }
}
