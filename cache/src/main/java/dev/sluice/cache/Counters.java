package dev.sluice.cache;

import java.util.concurrent.atomic.LongAdder;

/** What the cache has done since it was opened. */
final class Counters {
  final LongAdder memoryHits = new LongAdder();
  final LongAdder diskHits = new LongAdder();
  final LongAdder misses = new LongAdder();
  final LongAdder joins = new LongAdder();
  final LongAdder fetches = new LongAdder();
  final LongAdder fetchFailures = new LongAdder();
  final LongAdder originFaults = new LongAdder();
  final LongAdder memoryEvictions = new LongAdder();
  final LongAdder diskEvictionsForBound = new LongAdder();
  final LongAdder diskEvictionsForReserve = new LongAdder();
  final LongAdder layersEvicted = new LongAdder();
  final LongAdder corrupt = new LongAdder();
  final LongAdder diskErrors = new LongAdder();
  final LongAdder diskWrites = new LongAdder();
  final LongAdder writesDroppedQueue = new LongAdder();
  final LongAdder writesDroppedSpace = new LongAdder();
  final LongAdder writesDroppedDegraded = new LongAdder();
  final LongAdder writesDroppedBackground = new LongAdder();
  final LongAdder evictedRead = new LongAdder();
  final LongAdder evictedHinted = new LongAdder();
  final LongAdder evictedFilled = new LongAdder();

  /** Chunks evicted from disk, by why they were there. */
  LongAdder evicted(Lane why) {
    return switch (why) {
      case DEMAND -> evictedRead;
      case HINT -> evictedHinted;
      case BACKGROUND -> evictedFilled;
    };
  }
}
