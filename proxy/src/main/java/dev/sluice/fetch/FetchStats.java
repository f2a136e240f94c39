package dev.sluice.fetch;

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

  /** Spans whose bytes were not what their digest says. */
  public long corruptSpans() {
    return corruptSpans.sum();
  }

  public long failedFetches() {
    return failedFetches.sum();
  }
}
