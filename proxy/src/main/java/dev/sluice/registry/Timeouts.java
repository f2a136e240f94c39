package dev.sluice.registry;

import java.time.Duration;

/**
 * How long the client waits.
 *
 * @param connect for a TCP connection and, as long again, for a TLS handshake
 * @param answer for the head of an answer
 * @param stall for the next byte of a body
 * @param silence for the next byte of a range, over all attempts; see {@link Silence}
 * @param whole for everything that one call does, retries included; a call that moves many bytes
 *     gets more, see {@link #wholeFor}
 */
public record Timeouts(
    Duration connect, Duration answer, Duration stall, Duration silence, Duration whole) {
  public static final Timeouts DEFAULT =
      new Timeouts(
          Duration.ofSeconds(5),
          Duration.ofSeconds(15),
          Duration.ofSeconds(15),
          Duration.ofSeconds(30),
          Duration.ofMinutes(2));

  /** A transfer that is slower than this is given up. */
  private static final long SLOWEST_BYTES_PER_SECOND = 256 << 10;

  /** The bound of a call that moves {@code bytes}. */
  Duration wholeFor(long bytes) {
    return whole.plusSeconds(bytes / SLOWEST_BYTES_PER_SECOND);
  }
}
