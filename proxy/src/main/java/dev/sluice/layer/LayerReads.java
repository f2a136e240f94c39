package dev.sluice.layer;

import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What became of the reads of one layer's files. */
public final class LayerReads {
  static final int KEPT = 8;

  private final LongAdder reads = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final NotedReads noted = new NotedReads(KEPT);
  private volatile @Nullable String lastFailure;

  void answered() {
    reads.increment();
  }

  void failed(ReadWait wait) {
    reads.increment();
    failures.increment();
    lastFailure = wait.failure();
    noted.failed(wait);
  }

  NotedReads noted() {
    return noted;
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

  /** The slowest that were answered after waiting, slowest first. */
  public List<ReadWait> slowest() {
    return noted.slowest();
  }

  /** The last that failed, oldest first. */
  public List<ReadWait> lastFailures() {
    return noted.lastFailures();
  }
}
