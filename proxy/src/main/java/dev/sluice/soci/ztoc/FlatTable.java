package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * One table of a FlatBuffers document that may be hostile: each access is checked against the
 * bounds of the document, and a violation is {@link FailureKind#CORRUPT}.
 */
final class FlatTable {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** A run of elements inside the document. */
  record Vector(long start, int count) {
    static final Vector EMPTY = new Vector(0, 0);
  }

  private final MemorySegment document;
  private final long at;
  private final long vtable;
  private final int vtableBytes;
  private final int tableBytes;

  private FlatTable(MemorySegment document, long at) {
    this.document = document;
    this.at = at;
    need(at, 4);
    this.vtable = at - document.get(INT, at);
    need(vtable, 4);
    this.vtableBytes = Short.toUnsignedInt(document.get(SHORT, vtable));
    this.tableBytes = Short.toUnsignedInt(document.get(SHORT, vtable + 2));
    if (vtableBytes < 4 || (vtableBytes & 1) != 0 || tableBytes < 4) {
      throw corrupt("a table at byte " + at + " has no valid field list");
    }
    need(vtable, vtableBytes);
    need(at, tableBytes);
  }

  static FlatTable root(MemorySegment document) {
    if (document.byteSize() < 8) {
      throw corrupt("it has " + document.byteSize() + " bytes, too few for a root table");
    }
    return new FlatTable(document, Integer.toUnsignedLong(document.get(INT, 0)));
  }

  long int64(int field) {
    long place = place(field, 8);
    return place < 0 ? 0 : document.get(LONG, place);
  }

  int int32(int field) {
    long place = place(field, 4);
    return place < 0 ? 0 : document.get(INT, place);
  }

  int int8(int field, int otherwise) {
    long place = place(field, 1);
    return place < 0 ? otherwise : document.get(ValueLayout.JAVA_BYTE, place);
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
  Vector vector(int field, int elementBytes, String what) {
    long place = place(field, 4);
    if (place < 0) {
      return Vector.EMPTY;
    }
    long start = follow(place);
    need(start, 4);
    long count = Integer.toUnsignedLong(document.get(INT, start));
    if (count > Math.min(Integer.MAX_VALUE, (document.byteSize() - start - 4) / elementBytes)) {
      throw corrupt(what + " claims " + count + " elements, more than the rest of it can hold");
    }
    return new Vector(start + 4, (int) count);
  }

  /** A string field or byte vector; an absent one is empty. */
  Vector bytes(int field, String what) {
    return vector(field, 1, what);
  }

  FlatTable tableAt(Vector vector, int index) {
    return new FlatTable(document, follow(vector.start() + 4L * index));
  }

  Vector bytesAt(Vector vector, int index, String what) {
    long start = follow(vector.start() + 4L * index);
    need(start, 4);
    long count = Integer.toUnsignedLong(document.get(INT, start));
    if (count > Math.min(Integer.MAX_VALUE, document.byteSize() - start - 4)) {
      throw corrupt(what + " claims " + count + " bytes, more than the rest of it holds");
    }
    return new Vector(start + 4, (int) count);
  }

  byte[] copy(Vector bytes) {
    byte[] copy = new byte[bytes.count()];
    MemorySegment.copy(document, ValueLayout.JAVA_BYTE, bytes.start(), copy, 0, copy.length);
    return copy;
  }

  private long place(int field, int width) {
    int slot = 4 + 2 * field;
    if (slot + 2 > vtableBytes) {
      return -1;
    }
    int offset = Short.toUnsignedInt(document.get(SHORT, vtable + slot));
    if (offset == 0) {
      return -1;
    }
    if (offset < 4 || offset + width > tableBytes) {
      throw corrupt("field " + field + " of the table at byte " + at + " lies outside of it");
    }
    return at + offset;
  }

  private long follow(long place) {
    return place + Integer.toUnsignedLong(document.get(INT, place));
  }

  private void need(long place, long bytes) {
    if (place < 0 || place > document.byteSize() - bytes) {
      throw corrupt("an offset points to byte " + place + " of " + document.byteSize());
    }
  }

  static SluiceException corrupt(String cause) {
    return new SluiceException(FailureKind.CORRUPT, "read ztoc: " + cause);
  }
}
