package dev.sluice.layer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/** The slowest reads of the past and the last that failed, so many of each and no more. */
final class NotedReads {
  private static final int LONGEST_CAUSE = 500;

  private final int kept;

  // Guarded by this.
  private final List<ReadWait> slowest = new ArrayList<>();
  private final Deque<ReadWait> failed = new ArrayDeque<>();

  private volatile long floorNanos;

  NotedReads(int kept) {
    this.kept = kept;
  }

  /** Whether a read that waited so long would be kept. */
  boolean isSlow(long nanos) {
    return nanos > floorNanos;
  }

  synchronized void slow(ReadWait wait) {
    slowest.add(wait);
    slowest.sort(Comparator.comparing(ReadWait::waited).reversed());
    if (slowest.size() > kept) {
      slowest.removeLast();
      floorNanos = slowest.getLast().waited().toNanos();
    }
  }

  synchronized void failed(ReadWait wait) {
    if (failed.size() == kept) {
      failed.removeFirst();
    }
    failed.addLast(wait);
  }

  /** Slowest first. */
  synchronized List<ReadWait> slowest() {
    return List.copyOf(slowest);
  }

  /** Oldest first. */
  synchronized List<ReadWait> lastFailures() {
    return List.copyOf(failed);
  }

  /** As much of a cause as is worth its memory. */
  static String brief(String cause) {
    return cause.length() > LONGEST_CAUSE ? cause.substring(0, LONGEST_CAUSE) + "…" : cause;
  }
}
