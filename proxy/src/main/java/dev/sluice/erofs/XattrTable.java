package dev.sluice.erofs;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayerTree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which extended attributes stand beside their inode, and which once for all that have them. */
final class XattrTable {
  private static final int HEADER_BYTES = 12;
  private static final int UNIT = 4;

  /** The count of units is 16 bits wide and counts the header as one. */
  private static final int MAX_BODY = HEADER_BYTES + (0xFFFF - 1) * UNIT;

  private static final int MAX_SHARED = 0xFF;

  private final LayerTree tree;

  /** Entries that more than one inode has, as they follow one another in the shared area. */
  private final List<byte[]> shared = new ArrayList<>();

  /** Where in the shared area an entry stands, in units. */
  private final Map<ByteBuffer, Integer> sharedAt = new HashMap<>();

  private final long sharedBytes;

  XattrTable(LayerTree tree, int[] nodes, int count) {
    this.tree = tree;
    Map<ByteBuffer, Boolean> seenTwice = new HashMap<>();
    long bytes = 0;
    for (int i = 0; i < count; i++) {
      for (byte[] entry : entries(nodes[i])) {
        ByteBuffer key = ByteBuffer.wrap(entry);
        Boolean before = seenTwice.putIfAbsent(key, false);
        if (before != null && !before) {
          seenTwice.put(key, true);
          shared.add(entry);
          sharedAt.put(key, (int) (bytes / UNIT));
          bytes += entry.length;
        }
      }
    }
    this.sharedBytes = bytes;
  }

  /** Length of the area of shared entries. */
  long sharedBytes() {
    return sharedBytes;
  }

  void writeShared(ImageSink sink) throws IOException {
    for (byte[] entry : shared) {
      sink.bytes(entry);
    }
  }

  /** Length of what stands between the inode and its data, 0 without attributes. */
  int bodyBytes(int node) {
    List<byte[]> entries = entries(node);
    if (entries.isEmpty()) {
      return 0;
    }
    long bytes = HEADER_BYTES;
    int references = 0;
    for (byte[] entry : entries) {
      if (references < MAX_SHARED && reference(entry) != null) {
        references++;
        bytes += UNIT;
      } else {
        bytes += entry.length;
      }
    }
    if (bytes > MAX_BODY) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "write the names of a layer: the extended attributes of one file take %d bytes, and %d is the most"
              .formatted(bytes, MAX_BODY));
    }
    return (int) bytes;
  }

  /** What the inode says of the length of its attributes. */
  static short units(int bodyBytes) {
    return (short) (bodyBytes == 0 ? 0 : (bodyBytes - HEADER_BYTES) / UNIT + 1);
  }

  void writeBody(int node, ImageSink sink) throws IOException {
    List<byte[]> entries = entries(node);
    int references = 0;
    for (byte[] entry : entries) {
      references += references < MAX_SHARED && reference(entry) != null ? 1 : 0;
    }
    ByteBuffer into = sink.room(HEADER_BYTES + UNIT * MAX_SHARED);
    into.putInt(0); // no filter of names
    into.put((byte) references);
    into.put(new byte[7]);
    int left = references;
    for (Iterator<byte[]> each = entries.iterator(); left > 0; ) {
      Integer at = reference(each.next());
      if (at != null) {
        into.putInt(at);
        each.remove();
        left--;
      }
    }
    for (byte[] entry : entries) {
      sink.bytes(entry);
    }
  }

  private @Nullable Integer reference(byte[] entry) {
    return sharedAt.get(ByteBuffer.wrap(entry));
  }

  private List<byte[]> entries(int node) {
    Map<String, byte[]> xattrs = tree.xattrs(node);
    return xattrs.isEmpty() ? List.of() : XattrEntries.of(xattrs);
  }
}
