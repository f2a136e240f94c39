package dev.sluice.embedded;

import java.time.Duration;

/**
 * The network that lies between a client and the embedded registry, as the registry plays it.
 *
 * @param roundTrip added once to each request, and once more to the first request of a connection
 *     (twice with TLS), as the handshakes would
 * @param bitsPerSecond what all connections together get downstream; 0 is unlimited
 */
public record Link(Duration roundTrip, long bitsPerSecond) {
  /** No shaping at all. */
  public static final Link NONE = new Link(Duration.ZERO, 0);

  public Link {
    if (roundTrip.isNegative() || bitsPerSecond < 0) {
      throw new IllegalArgumentException("a link has no negative delay or rate");
    }
  }

  boolean shaped() {
    return !roundTrip.isZero() || bitsPerSecond > 0;
  }
}
