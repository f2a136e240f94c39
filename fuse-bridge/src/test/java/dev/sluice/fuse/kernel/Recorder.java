package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A channel that takes replies as the kernel does, and keeps them. */
final class Recorder implements Channel {
  /** A reply that the kernel would take. */
  record Reply(long unique, int errno, byte[] body) {}

  final List<Reply> replies = new ArrayList<>();

  @Override
  public long send(long vectors, int count) {
    MemorySegment list = MemorySegment.ofAddress(vectors).reinterpret(16L * count);
    byte[] all = new byte[0];
    byte[] header = bytes(list, 0);
    for (int i = 1; i < count; i++) {
      byte[] piece = bytes(list, i);
      int at = all.length;
      all = Arrays.copyOf(all, at + piece.length);
      System.arraycopy(piece, 0, all, at, piece.length);
    }
    MemorySegment out = MemorySegment.ofArray(header);
    int length = out.get(JAVA_INT.withByteAlignment(1), 0);
    int error = out.get(JAVA_INT.withByteAlignment(1), 4);
    long unique = out.get(JAVA_LONG.withByteAlignment(1), 8);
    if (header.length != 16
        || length != 16 + all.length
        || error > 0
        || error <= -512
        || (error != 0 && all.length > 0)) {
      throw new AssertionError(
          "the kernel would refuse a reply of %d bytes, header %d, error %d"
              .formatted(16 + all.length, length, error));
    }
    replies.add(new Reply(unique, -error, all));
    return length;
  }

  private static byte[] bytes(MemorySegment vectors, int index) {
    long address = vectors.get(JAVA_LONG, 16L * index);
    long length = vectors.get(JAVA_LONG, 16L * index + 8);
    return MemorySegment.ofAddress(address).reinterpret(length).toArray(JAVA_BYTE);
  }
}
