package dev.sluice.fetch;

/** When a range without a first byte is asked for a second time. Not thread-safe. */
final class Hedging {
  /*
   * After twice the time that 95 of 100 first bytes take, so rarely; and at most for one of RATIO
   * ranges, however slow a host has become: then all are slow, and twice as many would not help it.
   */
  private static final int RATIO = 20;
  private static final int IN_STORE = 3;
  private static final long LEAST_NANOS = 20_000_000;

  private int credit = RATIO;

  /** How long to wait for a first byte; 0: for ever. Counts a range. */
  long delayNanos(LinkEstimate link) {
    credit = Math.min(IN_STORE * RATIO, credit + 1);
    long usual = link.usualFirstByte();
    return usual == 0 ? 0 : 2 * usual + LEAST_NANOS;
  }

  /** Whether one more may be asked for twice; takes it. */
  boolean take() {
    if (credit < RATIO) {
      return false;
    }
    credit -= RATIO;
    return true;
  }
}
