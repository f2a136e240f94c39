package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** Inflates one span at a time; instances are used again and again, see {@link SpanInflaters}. */
interface SpanInflater extends AutoCloseable {
  /**
   * Where a span begins and ends within its bytes.
   *
   * @param number for messages
   * @param bits of the first byte that are the span's, its high ones; 0 if all are
   * @param bitsOfNext of the last byte that are the next span's; 0 if none, -1 if there is no next
   */
  record Borders(int number, int bits, int bitsOfNext) {
    SluiceException corrupt(String cause) {
      return new SluiceException(FailureKind.CORRUPT, "inflate span " + number + ": " + cause);
    }
  }

  /**
   * Inflates {@code in} behind its window, over the borders of gzip members if need be.
   *
   * @param in the bytes of the span; its position is undefined afterwards
   * @param room {@link Windows#SIZE} bytes that stood before the span, then the place that it fills
   *     exactly
   * @throws SluiceException {@link FailureKind#CORRUPT} if {@code in} is no deflate data or yields
   *     too little; the place is undefined then
   */
  void inflate(Borders borders, ByteBuffer in, MemorySegment room);

  /** Gives it back. */
  @Override
  void close();
}
