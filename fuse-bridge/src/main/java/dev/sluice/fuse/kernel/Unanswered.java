package dev.sluice.fuse.kernel;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** Counts requests that are answered later than they are taken. */
final class Unanswered {
  private static final long POLL_NANOS = 1_000_000;

  private final LongAdder taken = new LongAdder();
  private final LongAdder answered = new LongAdder();

  void take() {
    taken.increment();
  }

  void answer() {
    answered.increment();
  }

  /** How many there are; exact when no more are taken. */
  long count() {
    // In this order it is never too few.
    long done = answered.sum();
    return taken.sum() - done;
  }

  /** Waits until there are none; false if there are some at the end of the time. */
  boolean awaitNone(Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    while (count() > 0) {
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }
}
