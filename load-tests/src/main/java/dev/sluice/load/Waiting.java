package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waits for what other processes do, in bounded time. */
public final class Waiting {
  private static final long PAUSE_MILLIS = 10;

  private Waiting() {}

  /** What is waited for. */
  public interface Condition {
    boolean holds() throws IOException;
  }

  /**
   * Returns when the condition holds.
   *
   * @throws IllegalStateException if it does not within the limit, or on an interrupt
   */
  public static void until(String what, Duration limit, Condition condition) {
    long end = System.nanoTime() + Patience.with(limit).toNanos();
    try {
      while (!condition.holds()) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("waited " + limit + " in vain: " + what);
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(what, e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting: " + what, e);
    }
  }
}
