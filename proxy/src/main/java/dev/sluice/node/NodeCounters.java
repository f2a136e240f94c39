package dev.sluice.node;

import java.util.concurrent.atomic.LongAdder;

/** Counts of how layers came. */
public final class NodeCounters {
  final LongAdder lazy = new LongAdder();
  final LongAdder unpacked = new LongAdder();
  final LongAdder left = new LongAdder();
  final LongAdder lazyFailures = new LongAdder();
  final LongAdder pullFailures = new LongAdder();
  final LongAdder restored = new LongAdder();
  final LongAdder restoreFailures = new LongAdder();
  final LongAdder indexFound = new LongAdder();
  final LongAdder indexAbsent = new LongAdder();
  final LongAdder indexFailures = new LongAdder();
  final LongAdder planFailures = new LongAdder();

  NodeCounters() {}

  /** Layers that are shown lazily. */
  public long lazy() {
    return lazy.sum();
  }

  /** Layers that were pulled whole. */
  public long unpacked() {
    return unpacked.sum();
  }

  /** Layers that were left to containerd. */
  public long left() {
    return left.sum();
  }

  /** Layers with an index that could not be shown lazily. */
  public long lazyFailures() {
    return lazyFailures.sum();
  }

  /** Layers whose image could not be looked at: its manifest or configuration did not come. */
  public long planFailures() {
    return planFailures.sum();
  }

  /** Layers that could not be pulled whole. */
  public long pullFailures() {
    return pullFailures.sum();
  }

  /** Layers shown again after a restart. */
  public long restored() {
    return restored.sum();
  }

  /** Tries to show a layer again that failed. */
  public long restoreFailures() {
    return restoreFailures.sum();
  }

  /** Images whose index was found. */
  public long indexFound() {
    return indexFound.sum();
  }

  /** Images that had no index. */
  public long indexAbsent() {
    return indexAbsent.sum();
  }

  /** Images whose index could not be read. */
  public long indexFailures() {
    return indexFailures.sum();
  }
}
