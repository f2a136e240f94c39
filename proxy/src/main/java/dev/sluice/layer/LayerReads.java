package dev.sluice.layer;

import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Counts of the reads of one layer's files. */
public final class LayerReads {
  private final LongAdder reads = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private volatile @Nullable String lastFailure;

  void answered() {
    reads.increment();
  }

  void failed(String cause) {
    reads.increment();
    failures.increment();
    lastFailure = cause;
  }

  /** Reads, those that failed included. */
  public long reads() {
    return reads.sum();
  }

  /** Reads answered with an error. */
  public long failures() {
    return failures.sum();
  }

  /** Why the last of them failed, null if none did. */
  public @Nullable String lastFailure() {
    return lastFailure;
  }
}
