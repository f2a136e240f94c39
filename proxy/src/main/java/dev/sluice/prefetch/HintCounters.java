package dev.sluice.prefetch;

import java.util.concurrent.atomic.LongAdder;

/** Counts of what hints brought and what it was good for. Bytes are compressed. */
public final class HintCounters {
  final LongAdder fetchedBytes = new LongAdder();
  final LongAdder ranges = new LongAdder();
  final LongAdder failedRanges = new LongAdder();
  final LongAdder refusedSpans = new LongAdder();
  private final LongAdder usedBytes = new LongAdder();
  private final LongAdder wastedBytes = new LongAdder();

  /** Says what became of the bytes that hints brought for one run of an image. */
  public void judged(long used, long wasted) {
    usedBytes.add(used);
    wastedBytes.add(wasted);
  }

  /** Bytes that were brought because of hints. */
  public long fetchedBytes() {
    return fetchedBytes.sum();
  }

  /** Of them, in spans that were read before the container was ready. */
  public long usedBytes() {
    return usedBytes.sum();
  }

  /** Of them, in spans that were not. */
  public long wastedBytes() {
    return wastedBytes.sum();
  }

  /** Ranges asked for. */
  public long ranges() {
    return ranges.sum();
  }

  public long failedRanges() {
    return failedRanges.sum();
  }

  /** Spans that hints named beyond the bound of an image. */
  public long refusedSpans() {
    return refusedSpans.sum();
  }
}
