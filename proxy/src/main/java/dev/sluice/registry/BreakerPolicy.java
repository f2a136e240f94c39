package dev.sluice.registry;

import java.time.Duration;

/**
 * When a host without a stand-in is taken for dead.
 *
 * @param failures attempts in a row that brought no usable answer
 * @param trouble how long that must have gone on; a shorter outage is what retries are for
 * @param patience how long a call waits for the probe of a host that is taken for dead
 * @param firstPause until the host is probed; doubled after each probe in vain. A call has it
 *     probed sooner, but not twice in half of this time
 * @param longestPause the pause's cap
 */
public record BreakerPolicy(
    int failures, Duration trouble, Duration patience, Duration firstPause, Duration longestPause) {
  public static final BreakerPolicy DEFAULT =
      new BreakerPolicy(
          5,
          Duration.ofSeconds(3),
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          Duration.ofSeconds(5));
}
