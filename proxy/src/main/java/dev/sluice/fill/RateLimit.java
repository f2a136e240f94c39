package dev.sluice.fill;

import java.time.Duration;

/**
 * A number of bytes per second, and no more than a second's worth saved up. One thread at a time.
 */
final class RateLimit {
  private static final double NANOS = 1e9;

  private final long bytesPerSecond;

  /** When what was taken so far is paid for. */
  private long paidAt;

  /**
   * @param bytesPerSecond 0 for no limit
   */
  RateLimit(long bytesPerSecond, long now) {
    this.bytesPerSecond = bytesPerSecond;
    this.paidAt = now;
  }

  /** How long to wait until something may be taken. */
  Duration delay(long now) {
    return Duration.ofNanos(Math.max(0, paidAt - now));
  }

  /** Takes bytes; more than are there now make the next delay longer. */
  void take(long bytes, long now) {
    if (bytesPerSecond > 0) {
      long earliest = now - Duration.ofSeconds(1).toNanos();
      paidAt = Math.max(paidAt, earliest) + (long) (bytes * NANOS / bytesPerSecond);
    }
  }
}
