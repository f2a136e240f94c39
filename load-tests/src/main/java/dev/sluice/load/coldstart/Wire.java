package dev.sluice.load.coldstart;

import java.util.concurrent.locks.LockSupport;

/** One direction of a link: a rate that all connections share, and the time that light takes. */
final class Wire {
  /*
   * A virtual clock. `free` is when the wire has carried all that was handed to it. A sender hands
   * over one chunk, sleeps until that has left, and comes with the next: so connections take turns,
   * and what a receiver does not take holds up its own sender only. Sleeps end late; the clock may
   * therefore lag behind the present by SLACK, and the rate is right over any time longer than that.
   */
  private static final long SLACK_NANOS = 4_000_000;

  /** Shorter sleeps cost more than they are worth; the clock makes up for them. */
  private static final long SHORTEST_SLEEP_NANOS = 200_000;

  private final long bitsPerSecond;
  private final long oneWayNanos;
  private long free = System.nanoTime();

  Wire(Link link) {
    this.bitsPerSecond = link.bitsPerSecond();
    this.oneWayNanos = link.roundTrip().toNanos() / 2;
  }

  /** Hands over bytes and waits until they have left; the {@code nanoTime} of their arrival. */
  long send(int bytes) {
    long handedOver = System.nanoTime();
    long left = reserve(bytes);
    sleepUntil(left);
    return Math.max(handedOver, left) + oneWayNanos;
  }

  private synchronized long reserve(int bytes) {
    long now = System.nanoTime();
    if (bitsPerSecond == 0) {
      return now;
    }
    free = Math.max(free, now - SLACK_NANOS) + Math.round(bytes * 8e9 / bitsPerSecond);
    return free;
  }

  static void sleepUntil(long nanoTime) {
    while (nanoTime - System.nanoTime() > SHORTEST_SLEEP_NANOS) {
      LockSupport.parkNanos(nanoTime - System.nanoTime());
    }
  }
}
