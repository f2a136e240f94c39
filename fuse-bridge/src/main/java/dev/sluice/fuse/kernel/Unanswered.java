package dev.sluice.fuse.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Requests that are answered later than they are taken: counts them, and has them kept. */
final class Unanswered {
  private static final long POLL_NANOS = 1_000_000;
  private static final int NOT_KEPT = -1;
  private static final int PAGE_BYTES = 4096;

  private final LongAdder taken = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final @Nullable KeptRequests kept;

  /**
   * @param kept where the next server finds them; null if the kernel can send them again
   */
  Unanswered(@Nullable KeptRequests kept) {
    this.kept = kept;
  }

  @Nullable KeptRequests kept() {
    return kept;
  }

  /** Where a reader thread reads requests to. */
  MemorySegment buffer(int thread, Arena arena) {
    return kept == null
        ? arena.allocate(KeptRequests.BUFFER_BYTES, PAGE_BYTES)
        : kept.buffer(thread);
  }

  /** Takes a request; gives what to say when it is answered. */
  int take(Request request) {
    taken.increment();
    return kept == null ? NOT_KEPT : kept.keep(request.buffer(), request.length());
  }

  /** The answer was sent. */
  void answer(int ticket) {
    if (kept != null) {
      kept.answered(ticket);
    }
    answered.increment();
  }

  /** What is unanswered from now on is left to the next server. */
  void leave() {
    if (kept != null) {
      kept.leave();
    }
  }

  /** How many there are; exact when no more are taken. */
  long count() {
    // In this order it is never too few.
    long done = answered.sum();
    return taken.sum() - done;
  }

  /** Waits until there are none; false if there are some at the end of the time. */
  boolean awaitNone(Duration longest) {
    long end = System.nanoTime() + longest.toNanos();
    while (count() > 0) {
      if (System.nanoTime() - end >= 0 || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return true;
  }
}
