package dev.sluice.soci.ztoc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes a FlatBuffers document from its end to its start, byte for byte as the official builders
 * do. One byte vector may stay outside: {@link #hole} leaves its place free, so that a hundred
 * megabytes of checkpoints need not be in memory.
 */
final class FlatWriter {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** A field list that is in the document already. */
  private record VTable(int[] offsets, long at) {}

  private final List<VTable> vtables = new ArrayList<>();
  // The bytes written so far end at the end of the array; places count from the document's end.
  private byte[] buffer = new byte[1 << 16];
  private int free = buffer.length;
  private byte[] behindHole = {};
  private long holeBytes;
  private int longestAlignment = 1;
  private long[] fields = {};
  private long tableEnd;

  /** Writes a string (or a byte vector with a NUL behind) and returns its place. */
  long string(byte[] text) {
    align(4, text.length + 1);
    put(0);
    room(text.length);
    free -= text.length;
    System.arraycopy(text, 0, buffer, free, text.length);
    return length(text.length);
  }

  /** A byte vector whose bytes the caller inserts between {@link #head} and {@link #tail}. */
  long hole(long bytes) {
    align(4, bytes);
    behindHole = Arrays.copyOfRange(buffer, free, buffer.length);
    free = buffer.length;
    holeBytes = bytes;
    return length(Math.toIntExact(bytes));
  }

  /** A vector of references to things written before. */
  long references(long[] places, int count) {
    align(4, 4L * count);
    for (int i = count - 1; i >= 0; i--) {
      reference(places[i]);
    }
    return length(count);
  }

  void startTable(int fieldCount) {
    fields = new long[fieldCount];
    tableEnd = written();
  }

  void addReference(int field, long place) {
    reference(place);
    fields[field] = written();
  }

  void addInt(int field, int value) {
    if (value != 0) {
      align(4, 0);
      putInt(value);
      fields[field] = written();
    }
  }

  void addLong(int field, long value) {
    if (value != 0) {
      align(8, 0);
      room(8);
      free -= 8;
      LONG.set(buffer, free, value);
      fields[field] = written();
    }
  }

  void addByte(int field, int value) {
    align(1, 0);
    put(value);
    fields[field] = written();
  }

  long endTable() {
    align(4, 0);
    putInt(0);
    long table = written();
    int used = fields.length;
    while (used > 0 && fields[used - 1] == 0) {
      used--;
    }
    int[] offsets = new int[used];
    for (int i = 0; i < used; i++) {
      offsets[i] = fields[i] == 0 ? 0 : (int) (table - fields[i]);
    }
    long vtable = known(offsets);
    if (vtable < 0) {
      for (int i = used - 1; i >= 0; i--) {
        putShort(offsets[i]);
      }
      putShort((int) (table - tableEnd));
      putShort(4 + 2 * used);
      vtable = written();
      vtables.add(new VTable(offsets, vtable));
    }
    // The array may have grown meanwhile; the distance from its end is what stays.
    int place = buffer.length - (int) (table - behindHole.length - holeBytes);
    INT.set(buffer, place, (int) (vtable - table));
    return table;
  }

  void finish(long root) {
    align(longestAlignment, 4);
    reference(root);
  }

  /** The document up to the hole; all of it if there is none. */
  byte[] head() {
    return Arrays.copyOfRange(buffer, free, buffer.length);
  }

  /** The document behind the hole. */
  byte[] tail() {
    return behindHole;
  }

  private long known(int[] offsets) {
    for (VTable vtable : vtables) {
      if (Arrays.equals(vtable.offsets, offsets)) {
        return vtable.at;
      }
    }
    return -1;
  }

  private long written() {
    return (long) buffer.length - free + holeBytes + behindHole.length;
  }

  /** Pads so that what follows is aligned once {@code more} bytes have been written. */
  private void align(int alignment, long more) {
    longestAlignment = Math.max(longestAlignment, alignment);
    for (long pad = -(written() + more) & (alignment - 1); pad > 0; pad--) {
      put(0);
    }
  }

  private void reference(long place) {
    align(4, 0);
    putInt(Math.toIntExact(written() - place + 4));
  }

  private long length(int count) {
    putInt(count);
    return written();
  }

  private void put(int value) {
    room(1);
    buffer[--free] = (byte) value;
  }

  private void putShort(int value) {
    room(2);
    free -= 2;
    SHORT.set(buffer, free, (short) value);
  }

  private void putInt(int value) {
    room(4);
    free -= 4;
    INT.set(buffer, free, value);
  }

  private void room(int bytes) {
    if (free < bytes) {
      int kept = buffer.length - free;
      byte[] larger = new byte[Math.max(Math.multiplyExact(buffer.length, 2), kept + 2 * bytes)];
      System.arraycopy(buffer, free, larger, larger.length - kept, kept);
      free = larger.length - kept;
      buffer = larger;
    }
  }
}
