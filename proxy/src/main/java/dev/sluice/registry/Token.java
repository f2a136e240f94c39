package dev.sluice.registry;

import java.time.Duration;

/** A bearer token. The text form doesn't hold it. */
record Token(String value, long fromNanos, Duration life) {
  private static final double REFRESH_AT = 0.8;
  private static final double UNUSABLE_AT = 0.95;

  /** Whether it is time to ask for the next one. */
  boolean stale(long nowNanos) {
    return age(nowNanos) >= REFRESH_AT;
  }

  boolean usable(long nowNanos) {
    return age(nowNanos) < UNUSABLE_AT;
  }

  private double age(long nowNanos) {
    return (nowNanos - fromNanos) / (double) Math.max(1, life.toNanos());
  }

  @Override
  public String toString() {
    return "token for " + life;
  }
}
