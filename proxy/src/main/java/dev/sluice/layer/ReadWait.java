package dev.sluice.layer;

import dev.sluice.cache.FetchTimes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A read that waited.
 *
 * @param ended when it was answered
 * @param layer label of the layer
 * @param node number of the file in the layer's tree
 * @param offset in the decompressed tar
 * @param times where the time went, as far as the origin knows it; null if it does not
 * @param failure why it failed, null if it was answered
 */
public record ReadWait(
    Instant ended,
    String layer,
    int node,
    long offset,
    int length,
    Duration waited,
    @Nullable FetchTimes times,
    @Nullable String failure) {
  private static final long MILLI = 1_000_000;

  /** What was waited for, for people: {@code 812 ms, of which network 790, verify 4}. */
  public String story() {
    StringBuilder story = new StringBuilder().append(waited.toMillis()).append(" ms");
    if (times != null) {
      story.append(
          ": queue %d, network %d, verify %d, inflate %d"
              .formatted(
                  times.queue() / MILLI,
                  times.network() / MILLI,
                  times.verify() / MILLI,
                  times.inflate() / MILLI));
    }
    return story.toString();
  }
}
