package dev.sluice.cache;

import java.io.IOException;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether the disk tier takes writes: after an error it pauses, then tries again. */
final class DiskHealth {
  private static final Logger LOG = LoggerFactory.getLogger(DiskHealth.class);
  private static final int LONGEST_PAUSE_FACTOR = 64;

  /* HEALTHY -- a write failed --> DEGRADED -- a write is done --> HEALTHY */
  private enum State {
    HEALTHY,
    DEGRADED
  }

  private final Counters counters;
  private final long retryNanos;
  private volatile State state = State.HEALTHY;
  private long pauseNanos;
  private long pausedAt;

  DiskHealth(Duration retry, Counters counters) {
    this.counters = counters;
    this.retryNanos = retry.toNanos();
  }

  boolean degraded() {
    return state == State.DEGRADED;
  }

  /** Whether a write is worth trying now. */
  synchronized boolean mayWrite() {
    return state == State.HEALTHY || System.nanoTime() - pausedAt >= pauseNanos;
  }

  /** Counts an error that stops nothing. */
  void note(String action, IOException cause) {
    counters.diskErrors.increment();
    LOG.debug("{}: {}", action, cause.getMessage(), cause);
  }

  /** Counts a failed write. */
  synchronized void failed(String action, IOException cause) {
    note(action, cause);
    pausedAt = System.nanoTime();
    if (state == State.DEGRADED) {
      pauseNanos = Math.min(pauseNanos * 2, retryNanos * LONGEST_PAUSE_FACTOR);
      return;
    }
    state = State.DEGRADED;
    pauseNanos = retryNanos;
    LOG.warn(
        "{}: {}; reads go on without new chunks on disk, trying again in {}",
        action,
        cause.getMessage(),
        Duration.ofNanos(pauseNanos));
  }

  synchronized void succeeded() {
    if (state == State.DEGRADED) {
      state = State.HEALTHY;
      LOG.info("the disk tier takes writes again");
    }
  }
}
