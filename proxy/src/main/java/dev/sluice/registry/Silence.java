package dev.sluice.registry;

import java.time.Duration;

/**
 * For how long nothing may come for a range. Confined to the operation's event loop.
 *
 * <p>A connection that stays open and silent is as good as none, but only time tells. So the first
 * one is given up early, when another one is likely to do better; the second one later, as the host
 * may be slow; the third one gets what is left.
 */
final class Silence {
  private static final int FIRST_PART = 8;

  private final long mostNanos;

  /** When bytes came last; later than now if a pause was agreed on. */
  private long heardNanos = System.nanoTime();

  /** Connections that were given up since. */
  private int givenUp;

  Silence(Duration most) {
    mostNanos = most.toNanos();
  }

  /** Bytes came. */
  void heard() {
    heardNanos = System.nanoTime();
    givenUp = 0;
  }

  /** It is no silence if a host has asked for patience. */
  void agreed(Duration pause) {
    heardNanos = Math.max(heardNanos, System.nanoTime() + pause.toNanos());
  }

  /** A connection was given up because it was silent. */
  void gaveUp() {
    givenUp++;
  }

  /** How long the next connection may be silent, {@code usual} at most. */
  Duration patience(Duration usual) {
    long parts = FIRST_PART >> Math.min(givenUp, 2);
    Duration now = Duration.ofNanos(parts > 2 ? mostNanos / parts : mostNanos);
    return now.compareTo(usual) < 0 ? now : usual;
  }

  /** What is left of it. */
  Duration left() {
    return Duration.ofNanos(Math.max(0, heardNanos + mostNanos - System.nanoTime()));
  }

  Duration most() {
    return Duration.ofNanos(mostNanos);
  }
}
