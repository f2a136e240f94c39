package dev.sluice.daemon;

import dev.sluice.failure.SluiceException;
import io.vertx.core.Vertx;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the heap collected before it fills with what has died, and when nothing goes on. */
final class HeapCare implements AutoCloseable {
  /*
   * The serial collector lets the old generation grow up to -Xmx before it looks into it. What
   * lives a little too long for the young one, such as profiles that are parsed, so fills all of
   * the heap with garbage, and none of that goes back to the machine. A collection costs as much as
   * what lives: some 15 MiB with 20 layers, at most half of the heap. So the heap may double, and
   * what lives bounds the time that this costs. How much of what is free goes back is told to the
   * JVM (-XX:MaxHeapFreeRatio, -XX:-ShrinkHeapInSteps).
   */
  private static final Logger LOG = LoggerFactory.getLogger(HeapCare.class);
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final long MEBI = 1 << 20;

  private final Vertx vertx;
  private final long timer;

  private HeapCare(Vertx vertx, long timer) {
    this.vertx = vertx;
    this.timer = timer;
  }

  static HeapCare start(Vertx vertx) {
    Judge judge = new Judge();
    return new HeapCare(
        vertx, vertx.setPeriodic(LOOK.toMillis(), _ -> look(vertx, judge, Runtime.getRuntime())));
  }

  private static void look(Vertx vertx, Judge judge, Runtime heap) {
    if (judge.isDue(heap.totalMemory() - heap.freeMemory(), heap.totalMemory())) {
      long before = heap.totalMemory();
      vertx
          .executeBlocking(() -> {
            System.gc();
            return heap.totalMemory();
          })
          .onSuccess(after ->
              LOG.debug("collected the heap of {} MiB, now {} MiB", before / MEBI, after / MEBI))
          .onFailure(e -> LOG.warn("collect the heap: {}", SluiceException.describe(e)))
          .onComplete(
              _ -> judge.collected(heap.totalMemory() - heap.freeMemory(), heap.totalMemory()));
    }
  }

  /** Decides by what is used and what is committed, in bytes; used by one thread. */
  static final class Judge {
    /** More than the young generation of a small heap, which fills without being touched. */
    private static final long WORTH = 16 * MEBI;

    private static final long GROWTH = 64 * MEBI;

    /** What may change in one look if nothing goes on. */
    private static final long STILL = MEBI;

    private static final int QUIET_LOOKS = 6;

    /** A start of a large image makes it grow in one look, and should not be stopped for that. */
    private static final int GROWN_LOOKS = 2;

    private long usedAfter;
    private long committedAfter;
    private long usedBefore;
    private int quiet;
    private int grown;
    private boolean collecting;

    /** Whether to collect now; then {@link #collected} is to be called. */
    boolean isDue(long used, long committed) {
      quiet = Math.abs(used - usedBefore) < STILL ? quiet + 1 : 0;
      usedBefore = used;
      boolean worth =
          used - usedAfter >= Math.max(WORTH, usedAfter / 4)
              || committed - committedAfter >= Math.max(WORTH, committedAfter / 4);
      grown = committed >= 2 * committedAfter + GROWTH ? grown + 1 : 0;
      if (collecting || !(grown >= GROWN_LOOKS || (worth && quiet >= QUIET_LOOKS))) {
        return false;
      }
      collecting = true;
      return true;
    }

    void collected(long used, long committed) {
      usedAfter = used;
      committedAfter = committed;
      usedBefore = used;
      quiet = 0;
      grown = 0;
      collecting = false;
    }
  }

  @Override
  public void close() {
    vertx.cancelTimer(timer);
  }
}
