package dev.sluice.prefetch;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A set of small numbers that readers test without a lock. A test may miss what another thread has
 * just set; {@link #set} never does.
 */
public final class Bits {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] words;

  /**
   * @param size numbers are below it
   */
  public Bits(int size) {
    this.words = new long[(size + 63) >>> 6];
  }

  public boolean get(int number) {
    return ((long) WORDS.getOpaque(words, number >>> 6) & (1L << number)) != 0;
  }

  /** Whether it was not set before. */
  public boolean set(int number) {
    long bit = 1L << number;
    return ((long) WORDS.getAndBitwiseOr(words, number >>> 6, bit) & bit) == 0;
  }
}
