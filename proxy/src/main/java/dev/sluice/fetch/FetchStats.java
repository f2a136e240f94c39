package dev.sluice.fetch;

import dev.sluice.cache.FetchTimes;
import dev.sluice.cache.Lane;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Counts of what fetches did, for metrics and summaries. */
public final class FetchStats {
  final LongAdder fetches = new LongAdder();
  final LongAdder spans = new LongAdder();
  final LongAdder compressedBytes = new LongAdder();
  final LongAdder inflatedBytes = new LongAdder();
  final LongAdder inflateNanos = new LongAdder();
  final LongAdder corruptSpans = new LongAdder();
  final LongAdder failedFetches = new LongAdder();
  final LongAdder passedBytes = new LongAdder();
  final LongAdder promoted = new LongAdder();
  final LongAdder hedges = new LongAdder();
  private final LongAdder queueNanos = new LongAdder();
  private final LongAdder networkNanos = new LongAdder();
  private final LongAdder verifyNanos = new LongAdder();
  private final LongAdder unpackNanos = new LongAdder();
  private final Map<Lane, LongAdder> lanes = new EnumMap<>(Lane.class);

  public FetchStats() {
    for (Lane lane : Lane.values()) {
      lanes.put(lane, new LongAdder());
    }
  }

  LongAdder fetches(Lane lane) {
    return Objects.requireNonNull(lanes.get(lane));
  }

  /** Ranges asked of a blob source for a lane, as it was when they started. */
  public long fetchesOf(Lane lane) {
    return fetches(lane).sum();
  }

  /** Compressed bytes fetched only because they lay between two wanted spans. */
  public long passedBytes() {
    return passedBytes.sum();
  }

  /** Spans that waited or came in a lower lane when somebody needed them sooner. */
  public long promoted() {
    return promoted.sum();
  }

  /** Ranges asked for a second time as their first byte was late. */
  public long hedges() {
    return hedges.sum();
  }

  /** Ranges asked of a blob source. */
  public long fetches() {
    return fetches.sum();
  }

  /** Spans verified and inflated. */
  public long spans() {
    return spans.sum();
  }

  /** Compressed bytes that verified spans had. */
  public long compressedBytes() {
    return compressedBytes.sum();
  }

  public long inflatedBytes() {
    return inflatedBytes.sum();
  }

  /** Time spent verifying and inflating, in nanoseconds. */
  public long inflateNanos() {
    return inflateNanos.sum();
  }

  void add(FetchTimes times) {
    queueNanos.add(times.queue());
    networkNanos.add(times.network());
    verifyNanos.add(times.verify());
    unpackNanos.add(times.inflate());
  }

  /** Where the time of all spans went, added up over them. */
  public FetchTimes times() {
    return new FetchTimes(
        queueNanos.sum(), networkNanos.sum(), verifyNanos.sum(), unpackNanos.sum());
  }

  /** Spans whose bytes were not what their digest says. */
  public long corruptSpans() {
    return corruptSpans.sum();
  }

  public long failedFetches() {
    return failedFetches.sum();
  }
}
