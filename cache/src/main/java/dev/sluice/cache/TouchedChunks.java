package dev.sluice.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The chunks that readers have asked for, noted without a lock by whoever reads. */
final class TouchedChunks {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] words;

  TouchedChunks(int count) {
    this.words = new long[(count + 63) >>> 6];
  }

  boolean has(int chunk) {
    return ((long) WORDS.getOpaque(words, chunk >>> 6) & (1L << chunk)) != 0;
  }

  void add(int chunk) {
    if (!has(chunk)) {
      WORDS.getAndBitwiseOr(words, chunk >>> 6, 1L << chunk);
    }
  }
}
