package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.fuse.linux.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Native memory in which one thread puts the header and the pieces of a reply together. */
final class ReplyMemory {
  /** Bytes of {@code fuse_out_header}. */
  static final int HEADER_BYTES = 16;

  /** Pieces that fit without memory of their own: more than a cache ever answers with. */
  private static final int VECTORS = 64;

  private static final int VECTOR_BYTES = 16;
  private static final ThreadLocal<ReplyMemory> PER_THREAD =
      ThreadLocal.withInitial(() -> new ReplyMemory(Arena.ofAuto()));

  private final MemorySegment header;
  private final MemorySegment vectors;

  private ReplyMemory(Arena arena) {
    header = arena.allocate(HEADER_BYTES, 8);
    vectors = arena.allocate(VECTORS * VECTOR_BYTES, 16);
  }

  static ReplyMemory ofThread() {
    return PER_THREAD.get();
  }

  /** Sends an answer without a body; {@code errno} 0 means success. */
  long sendEmpty(Channel channel, long unique, int errno) {
    putHeader(unique, errno, 0);
    putVector(vectors, 0, header.address(), HEADER_BYTES);
    return channel.send(vectors.address(), 1);
  }

  /** Sends a successful answer whose body is {@code length} bytes at {@code address}. */
  long send(Channel channel, long unique, long address, long length) {
    if (length == 0) {
      return sendEmpty(channel, unique, 0);
    }
    putHeader(unique, 0, length);
    putVector(vectors, 0, header.address(), HEADER_BYTES);
    putVector(vectors, 1, address, length);
    return channel.send(vectors.address(), 2);
  }

  /** Sends a successful answer whose body is made of {@code parts} pieces. */
  long send(Channel channel, long unique, long[] addresses, long[] lengths, int parts, long total) {
    if (parts < VECTORS) {
      return send(channel, unique, addresses, lengths, parts, total, vectors);
    }
    try (Arena arena = Arena.ofConfined()) {
      if (parts < Libc.IOV_MAX) {
        MemorySegment many = arena.allocate((parts + 1L) * VECTOR_BYTES, 16);
        return send(channel, unique, addresses, lengths, parts, total, many);
      }
      MemorySegment joined = arena.allocate(total);
      long at = 0;
      for (int i = 0; i < parts; i++) {
        MemorySegment piece = MemorySegment.ofAddress(addresses[i]).reinterpret(lengths[i]);
        MemorySegment.copy(piece, 0, joined, at, lengths[i]);
        at += lengths[i];
      }
      return send(channel, unique, joined.address(), total);
    }
  }

  private long send(
      Channel channel,
      long unique,
      long[] addresses,
      long[] lengths,
      int parts,
      long total,
      MemorySegment into) {
    putHeader(unique, 0, total);
    putVector(into, 0, header.address(), HEADER_BYTES);
    for (int i = 0; i < parts; i++) {
      putVector(into, i + 1, addresses[i], lengths[i]);
    }
    return channel.send(into.address(), parts + 1);
  }

  private void putHeader(long unique, int errno, long bodyLength) {
    header.set(JAVA_INT, 0, (int) (HEADER_BYTES + bodyLength));
    header.set(JAVA_INT, 4, -errno);
    header.set(JAVA_LONG, 8, unique);
  }

  private static void putVector(MemorySegment vectors, int index, long address, long length) {
    vectors.set(JAVA_LONG, (long) index * VECTOR_BYTES, address);
    vectors.set(JAVA_LONG, (long) index * VECTOR_BYTES + 8, length);
  }
}
