package dev.sluice.fuse.memory;

import dev.sluice.fuse.ReadReply;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.function.Consumer;

/** What a file holds. */
public interface Content {
  /** In bytes. */
  long size();

  /** Answers a read that lies within the file. */
  void read(long offset, int size, ReadReply reply);

  /** One whose reads are answered by whoever gets them. */
  static Content held(long size, Consumer<ReadReply> reads) {
    return new Content() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public void read(long offset, int length, ReadReply reply) {
        reads.accept(reply);
      }
    };
  }

  /** A copy of {@code bytes}. */
  static Repeated of(byte[] bytes) {
    MemorySegment memory = Arena.ofAuto().allocate(Math.max(1, bytes.length));
    MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return new Repeated(memory, bytes.length, bytes.length);
  }

  /** {@code size} bytes that repeat random ones with the period {@link Repeated#PERIOD}. */
  static Repeated random(long size, long seed) {
    byte[] period = new byte[Repeated.PERIOD];
    new Random(seed).nextBytes(period);
    MemorySegment memory = Arena.ofAuto().allocate(2L * Repeated.PERIOD);
    MemorySegment.copy(period, 0, memory, ValueLayout.JAVA_BYTE, 0, period.length);
    MemorySegment.copy(period, 0, memory, ValueLayout.JAVA_BYTE, period.length, period.length);
    return new Repeated(memory, Repeated.PERIOD, size);
  }

  /** Bytes that repeat, answered out of memory without a copy. */
  final class Repeated implements Content {
    /** A prime above 1 MiB: a byte from a wrong page or a wrong block never looks right. */
    static final int PERIOD = 1_048_583;

    private final MemorySegment memory;
    private final int period;
    private final long size;

    private Repeated(MemorySegment memory, int period, long size) {
      this.memory = memory;
      this.period = period;
      this.size = size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public void read(long offset, int length, ReadReply reply) {
      reply.data(new long[] {memory.address() + offset % period}, new long[] {length}, 1);
    }

    /** The bytes that a right read gives. */
    public byte[] bytes(long offset, int length) {
      int clipped = Math.clamp(size - offset, 0, length);
      byte[] bytes = new byte[clipped];
      for (int at = 0; at < clipped; ) {
        int from = (int) ((offset + at) % period);
        int piece = Math.min(clipped - at, period - from);
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, from, bytes, at, piece);
        at += piece;
      }
      return bytes;
    }
  }
}
