package dev.sluice.load;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits until processes use next to no CPU: what a JVM compiles after its start, for one. */
public final class Settling {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final Duration LOOK = Duration.ofSeconds(1);

  /** Processes that used no more than this in one look are idle. */
  private static final double IDLE_SECONDS = 0.03;

  private Settling() {}

  /** What processes have used since they started. */
  public interface Usage {
    double cpuSeconds() throws IOException;
  }

  /** Whether they became idle; it gives up after a minute. */
  public static boolean await(Usage usage) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    double before = usage.cpuSeconds();
    while (System.nanoTime() < end) {
      try {
        TimeUnit.NANOSECONDS.sleep(LOOK.toNanos());
      } catch (InterruptedException e) {
        throw new IllegalStateException("interrupted while processes settle", e);
      }
      double now = usage.cpuSeconds();
      if (now - before <= IDLE_SECONDS) {
        return true;
      }
      before = now;
    }
    return false;
  }
}
