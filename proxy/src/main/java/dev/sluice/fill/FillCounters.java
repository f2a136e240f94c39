package dev.sluice.fill;

import java.util.concurrent.atomic.LongAdder;

/** Counts of what filling did. */
public final class FillCounters {
  final LongAdder bytes = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder pausedNanos = new LongAdder();
  final LongAdder noRoomNanos = new LongAdder();
  final LongAdder complete = new LongAdder();
  final LongAdder wrong = new LongAdder();

  FillCounters() {}

  /** Unpacked bytes that were brought. */
  public long bytes() {
    return bytes.sum();
  }

  /** Fetches that failed. */
  public long failures() {
    return failures.sum();
  }

  /** Time in which there was something to fill and readers came first, in nanoseconds. */
  public long pausedNanos() {
    return pausedNanos.sum();
  }

  /** Time in which there was something to fill and no room for it, in nanoseconds. */
  public long noRoomNanos() {
    return noRoomNanos.sum();
  }

  /** Layers that were all here and right. */
  public long complete() {
    return complete.sum();
  }

  /** Layers that were all here and not what their image says. */
  public long wrong() {
    return wrong.sum();
  }
}
