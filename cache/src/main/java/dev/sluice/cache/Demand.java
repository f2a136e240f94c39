package dev.sluice.cache;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** How readers are doing: how many wait for an origin, and since when none does. */
public final class Demand {
  private final AtomicInteger waiting = new AtomicInteger();
  private volatile long lastNanos;
  private volatile boolean any;

  Demand() {}

  void begin() {
    waiting.incrementAndGet();
    lastNanos = System.nanoTime();
    any = true;
  }

  void end() {
    lastNanos = System.nanoTime();
    waiting.decrementAndGet();
  }

  /** Reads in {@link Lane#DEMAND} that wait for bytes. */
  public int waiting() {
    return waiting.get();
  }

  /** Whether no read waits, and none has for {@code time}. */
  public boolean quietFor(Duration time) {
    return waiting.get() == 0 && (!any || System.nanoTime() - lastNanos >= time.toNanos());
  }
}
