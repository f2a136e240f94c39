package dev.sluice.registry;

import dev.sluice.cache.Lane;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a failed request is sent again: full jitter under an exponential cap.
 *
 * @param attempts at most, the first included; an attempt that brought bytes doesn't count
 * @param firstPause the cap before the second attempt; it doubles with each
 * @param longestPause the cap's cap
 * @param longestGate how long a Retry-After can close a host
 * @param budget how many retries a client may have in store for what is waited for; each success
 *     brings a tenth. Lower lanes have stores of their own, of a half and a quarter
 */
public record RetryPolicy(
    int attempts, Duration firstPause, Duration longestPause, Duration longestGate, int budget) {
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(
          5, Duration.ofMillis(100), Duration.ofSeconds(10), Duration.ofSeconds(60), 50);

  int budget(Lane lane) {
    return switch (lane) {
      case DEMAND -> budget;
      case HINT -> Math.ceilDiv(budget, 2);
      case BACKGROUND -> Math.ceilDiv(budget, 4);
    };
  }

  /** The pause before attempt number {@code next} (2, 3, …). */
  Duration pause(int next, RandomGenerator random) {
    long cap = firstPause.toNanos() << Math.min(20, next - 2);
    return Duration.ofNanos(random.nextLong(Math.max(1, Math.min(cap, longestPause.toNanos()))));
  }
}
