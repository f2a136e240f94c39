package dev.sluice.layer;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.FetchTimes;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What became of the reads: counts, the slowest that had to wait, the last that failed. */
public final class ReadLog {
  private static final Logger LOG = LoggerFactory.getLogger(ReadLog.class);
  private static final int KEPT = 16;

  /** A read that waits longer is worth a line in the log, but not more than one in a while. */
  private static final Duration SLOW = Duration.ofSeconds(5);

  private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder waitedNanos = new LongAdder();
  private final ReadTimes times = new ReadTimes();
  private final NotedReads noted = new NotedReads(KEPT);
  private final AtomicLong nextLineNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong untold = new AtomicLong();

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
    NotedReads ofLayer = layer.reads().noted();
    boolean slow = noted.isSlow(nanos);
    if (slow || ofLayer.isSlow(nanos)) {
      ReadWait wait = wait(layer, node, offset, length, nanos, null);
      ofLayer.slow(wait);
      if (slow) {
        noted.slow(wait);
      }
    }
    if (nanos > SLOW.toNanos()) {
      tell(wait(layer, node, offset, length, nanos, null));
    }
  }

  /* One line in a while: when a registry is slow every read is. */
  private void tell(ReadWait wait) {
    long now = System.nanoTime();
    long next = nextLineNanos.get();
    if (now - next < 0 || !nextLineNanos.compareAndSet(next, now + BETWEEN_LINES.toNanos())) {
      untold.incrementAndGet();
      return;
    }
    LOG.warn(
        "read {} bytes at {} of layer {}: waited {}; {} other slow reads since the last such line",
        wait.length(),
        wait.offset(),
        wait.layer(),
        wait.story(),
        untold.getAndSet(0));
  }

  void failed(
      MountedLayer layer, int node, long offset, int length, long nanos, Throwable failure) {
    failures.increment();
    times.took(nanos);
    String cause = NotedReads.brief(SluiceException.describe(failure));
    ReadWait wait = wait(layer, node, offset, length, nanos, cause);
    layer.reads().failed(wait);
    noted.failed(wait);
    LOG.warn(
        "read {} bytes at {} of layer {}: answered EIO after {} ms: {}",
        length,
        offset,
        layer.label(),
        nanos / 1_000_000,
        cause);
  }

  private static ReadWait wait(
      MountedLayer layer, int node, long offset, int length, long nanos, @Nullable String failure) {
    return new ReadWait(
        Instant.now(),
        layer.label(),
        node,
        offset,
        length,
        Duration.ofNanos(nanos),
        failure == null ? fetchTimes(layer, offset, length, nanos) : null,
        failure);
  }

  /** Those of the chunk that took longest. */
  private static @Nullable FetchTimes fetchTimes(
      MountedLayer layer, long offset, int length, long nanos) {
    ChunkMap map = layer.bytes().map();
    FetchTimes longest = null;
    for (int chunk = map.indexOf(offset); chunk <= map.indexOf(offset + length - 1); chunk++) {
      FetchTimes times = layer.bytes().times(chunk);
      if (times != null && (longest == null || times.total() > longest.total())) {
        longest = times;
      }
    }
    return longest == null ? null : longest.last(nanos);
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
  public List<ReadWait> slowest() {
    return noted.slowest();
  }

  /** The last failures, oldest first. */
  public List<ReadWait> lastFailures() {
    return noted.lastFailures();
  }
}
