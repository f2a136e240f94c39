package dev.sluice.layer;

import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What became of the reads: counts, the slowest that had to wait, the last that failed. */
public final class ReadLog {
  private static final Logger LOG = LoggerFactory.getLogger(ReadLog.class);
  private static final int KEPT = 16;

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  private final ReadTimes times = new ReadTimes();
  private final List<Wait> slowest = new ArrayList<>();
  private final Deque<Wait> lastFailures = new ArrayDeque<>();
  private volatile long slowestFloor;

  /**
   * A read that waited.
   *
   * @param layer label of the layer
   * @param node number of the file in the layer's tree
   * @param offset in the decompressed tar
   * @param failure why it failed, null if it was answered
   */
  public record Wait(
      String layer, int node, long offset, int length, Duration waited, @Nullable String failure) {}

  void hit(int length, long nanos) {
    times.took(nanos);
    hits.increment();
    bytes.add(length);
  }

  void missed(MountedLayer layer, int node, long offset, int length, long nanos) {
    misses.increment();
    times.took(nanos);
    layer.reads().answered();
    bytes.add(length);
    waitedNanos.add(nanos);
    if (nanos > slowestFloor) {
      keepSlow(new Wait(layer.label(), node, offset, length, Duration.ofNanos(nanos), null));
    }
  }

  void failed(
      MountedLayer layer, int node, long offset, int length, long nanos, Throwable failure) {
    failures.increment();
    times.took(nanos);
    String cause = SluiceException.describe(failure);
    layer.reads().failed(cause);
    Wait wait = new Wait(layer.label(), node, offset, length, Duration.ofNanos(nanos), cause);
    synchronized (lastFailures) {
      if (lastFailures.size() == KEPT) {
        lastFailures.removeFirst();
      }
      lastFailures.addLast(wait);
    }
    LOG.warn(
        "read {} bytes at {} of layer {}: answered EIO after {} ms: {}",
        length,
        offset,
        layer.label(),
        nanos / 1_000_000,
        cause);
  }

  private void keepSlow(Wait wait) {
    synchronized (slowest) {
      slowest.add(wait);
      slowest.sort(Comparator.comparing(Wait::waited).reversed());
      if (slowest.size() > KEPT) {
        slowest.removeLast();
        slowestFloor = slowest.getLast().waited().toNanos();
      }
    }
  }

  /** Reads answered from a tier at once. */
  public long hits() {
    return hits.sum();
  }

  /** Reads that waited for an origin and were answered. */
  public long misses() {
    return misses.sum();
  }

  /** Reads answered with an error. */
  public long failures() {
    return failures.sum();
  }

  /** How long all reads took, answered or not. */
  public ReadTimes times() {
    return times;
  }

  /** Bytes answered. */
  public long bytes() {
    return bytes.sum();
  }

  /** Time that all answered misses waited, in nanoseconds. */
  public long waitedNanos() {
    return waitedNanos.sum();
  }

  /** The slowest answered misses, slowest first. */
  public List<Wait> slowest() {
    synchronized (slowest) {
      return List.copyOf(slowest);
    }
  }

  /** The last failures, oldest first. */
  public List<Wait> lastFailures() {
    synchronized (lastFailures) {
      return List.copyOf(lastFailures);
    }
  }
}
