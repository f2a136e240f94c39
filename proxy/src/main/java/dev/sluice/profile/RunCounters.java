package dev.sluice.profile;

import java.util.concurrent.atomic.LongAdder;

/** Counts of runs of images. */
public final class RunCounters {
  final LongAdder withProfile = new LongAdder();
  final LongAdder withoutProfile = new LongAdder();
  final LongAdder recorded = new LongAdder();
  final LongAdder recordFailures = new LongAdder();

  /** Images that were shown and had a profile. */
  public long withProfile() {
    return withProfile.sum();
  }

  /** Images that were shown and had none. */
  public long withoutProfile() {
    return withoutProfile.sum();
  }

  /** Runs that were merged into a profile. */
  public long recorded() {
    return recorded.sum();
  }

  /** Runs that could not be kept. */
  public long recordFailures() {
    return recordFailures.sum();
  }
}
