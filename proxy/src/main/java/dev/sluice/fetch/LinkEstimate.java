package dev.sluice.fetch;

import java.util.Arrays;

/**
 * What is known of the way to one host: how long a first byte takes, how fast bytes come. Learned
 * from the transfers themselves; not thread-safe.
 */
final class LinkEstimate {
  /*
   * The round trip is the shortest first byte of the last half to whole minute: what is longer had
   * to wait for something. The rate is the third highest of the last samples of SAMPLE_NANOS each
   * (the highest may be a burst out of a buffer). A sample below it counts only if there was enough
   * under way to fill the pipe; else it says how little was asked for, not what the link can carry.
   */
  private static final long MINUTE_HALF = 30_000_000_000L;
  private static final long SAMPLE_NANOS = 50_000_000;
  private static final int SAMPLES = 20;
  private static final int FIRST_BYTES = 64;
  private static final long UNKNOWN_ROUND_TRIP = 20_000_000;
  private static final long UNKNOWN_RATE = 50_000_000;
  private static final long MOST_ROUND_TRIP_BYTES = 16 << 20;

  private long shortest = Long.MAX_VALUE;
  private long shortestBefore = Long.MAX_VALUE;
  private long halfStart;
  private final long[] firstBytes = new long[FIRST_BYTES];
  private int firstByteCount;

  private final long[] rates = new long[SAMPLES];
  private int rateCount;
  private long rate = UNKNOWN_RATE;
  private long sampleStart;
  private long sampleBytes;

  /** The first byte of a range came {@code waited} after it was asked for. */
  void firstByte(long waited, long now) {
    if (now - halfStart > MINUTE_HALF) {
      shortestBefore = now - halfStart > 2 * MINUTE_HALF ? Long.MAX_VALUE : shortest;
      shortest = Long.MAX_VALUE;
      halfStart = now;
    }
    shortest = Math.min(shortest, waited);
    firstBytes[firstByteCount++ % FIRST_BYTES] = waited;
  }

  /** A time begins in which bytes are under way. */
  void busy(long now) {
    sampleStart = now;
    sampleBytes = 0;
  }

  /**
   * Bytes came.
   *
   * @param underWay bytes that are still to come
   */
  void received(long bytes, long underWay, long now) {
    sampleBytes += bytes;
    long time = now - sampleStart;
    if (time < SAMPLE_NANOS) {
      return;
    }
    long measured = (long) (sampleBytes * 1e9 / time);
    if (rateCount == 0 || measured > rate || underWay >= roundTripBytes()) {
      rates[rateCount++ % SAMPLES] = measured;
      long[] sorted = Arrays.copyOf(rates, Math.min(rateCount, SAMPLES));
      Arrays.sort(sorted);
      rate = Math.max(1, sorted[Math.max(0, sorted.length - 3)]);
    }
    busy(now);
  }

  /** The round trip, in nanoseconds. */
  long roundTrip() {
    long known = Math.min(shortest, shortestBefore);
    return known == Long.MAX_VALUE ? UNKNOWN_ROUND_TRIP : known;
  }

  long bytesPerSecond() {
    return rate;
  }

  /** Bytes that come in one round trip: what must be under way to keep the pipe full. */
  long roundTripBytes() {
    return Math.min(MOST_ROUND_TRIP_BYTES, (long) (rate * (roundTrip() / 1e9)));
  }

  /** How long 95 of 100 first bytes took at most; 0 as long as too few are known. */
  long usualFirstByte() {
    if (firstByteCount < FIRST_BYTES / 4) {
      return 0;
    }
    long[] sorted = Arrays.copyOf(firstBytes, Math.min(firstByteCount, FIRST_BYTES));
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) * 95 / 100];
  }
}
