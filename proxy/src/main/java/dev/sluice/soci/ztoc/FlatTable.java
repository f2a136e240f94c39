package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One table of a FlatBuffers document that may be hostile: each access is checked against the
 * bounds of the document, and a violation is {@link FailureKind#CORRUPT}. What a thing is called in
 * messages may be any object, whose text is asked for only then.
 */
final class FlatTable {
  /* A ByteBuffer and not a MemorySegment: a node's first image is read before the JVM has compiled
   * this, and interpreted, an access through a segment's layouts costs many times as much. */

  /** A run of elements inside the document. */
  record Vector(long start, int count) {
    static final Vector EMPTY = new Vector(0, 0);
  }

  private final ByteBuffer document;
  private final long at;
  private final long vtable;
  private final int vtableBytes;
  private final int tableBytes;

  private FlatTable(ByteBuffer document, long at) {
    this.document = document;
    this.at = at;
    need(at, 4);
    this.vtable = at - document.getInt((int) at);
    need(vtable, 4);
    this.vtableBytes = Short.toUnsignedInt(document.getShort((int) vtable));
    this.tableBytes = Short.toUnsignedInt(document.getShort((int) vtable + 2));
    if (vtableBytes < 4 || (vtableBytes & 1) != 0 || tableBytes < 4) {
      throw corrupt("a table at byte " + at + " has no valid field list");
    }
    need(vtable, vtableBytes);
    need(at, tableBytes);
  }

  /** The root of a document from the buffer's begin to its limit. */
  static FlatTable root(ByteBuffer bytes) {
    ByteBuffer document = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (document.limit() < 8) {
      throw corrupt("it has " + document.limit() + " bytes, too few for a root table");
    }
    return new FlatTable(document, Integer.toUnsignedLong(document.getInt(0)));
  }

  long int64(int field) {
    long place = place(field, 8);
    return place < 0 ? 0 : document.getLong((int) place);
  }

  int int32(int field) {
    long place = place(field, 4);
    return place < 0 ? 0 : document.getInt((int) place);
  }

  int int8(int field, int otherwise) {
    long place = place(field, 1);
    return place < 0 ? otherwise : document.get((int) place);
  }

  boolean has(int field) {
    return place(field, 4) >= 0;
  }

  FlatTable table(int field, String what) {
    long place = place(field, 4);
    if (place < 0) {
      throw corrupt("it has no " + what);
    }
    return new FlatTable(document, follow(place));
  }

  /** The elements of a vector field; an absent one is empty. */
  Vector vector(int field, int elementBytes, Object what) {
    long place = place(field, 4);
    if (place < 0) {
      return Vector.EMPTY;
    }
    long start = follow(place);
    need(start, 4);
    long count = Integer.toUnsignedLong(document.getInt((int) start));
    if (count > Math.min(Integer.MAX_VALUE, (document.limit() - start - 4) / elementBytes)) {
      throw corrupt(what + " claims " + count + " elements, more than the rest of it can hold");
    }
    return new Vector(start + 4, (int) count);
  }

  /** A string field or byte vector; an absent one is empty. */
  Vector bytes(int field, Object what) {
    return vector(field, 1, what);
  }

  FlatTable tableAt(Vector vector, int index) {
    return new FlatTable(document, follow(vector.start() + 4L * index));
  }

  Vector bytesAt(Vector vector, int index, String what) {
    long start = follow(vector.start() + 4L * index);
    need(start, 4);
    long count = Integer.toUnsignedLong(document.getInt((int) start));
    if (count > Math.min(Integer.MAX_VALUE, document.limit() - start - 4)) {
      throw corrupt(what + " claims " + count + " bytes, more than the rest of it holds");
    }
    return new Vector(start + 4, (int) count);
  }

  byte[] copy(Vector bytes) {
    byte[] copy = new byte[bytes.count()];
    document.get((int) bytes.start(), copy);
    return copy;
  }

  private long place(int field, int width) {
    int slot = 4 + 2 * field;
    if (slot + 2 > vtableBytes) {
      return -1;
    }
    int offset = Short.toUnsignedInt(document.getShort((int) vtable + slot));
    if (offset == 0) {
      return -1;
    }
    if (offset < 4 || offset + width > tableBytes) {
      throw corrupt("field " + field + " of the table at byte " + at + " lies outside of it");
    }
    return at + offset;
  }

  private long follow(long place) {
    return place + Integer.toUnsignedLong(document.getInt((int) place));
  }

  private void need(long place, long bytes) {
    if (place < 0 || place > document.limit() - bytes) {
      throw corrupt("an offset points to byte " + place + " of " + document.limit());
    }
  }

  static SluiceException corrupt(String cause) {
    return new SluiceException(FailureKind.CORRUPT, "read ztoc: " + cause);
  }
}
