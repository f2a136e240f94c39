package dev.sluice.load.coldstart;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Ctrl-C and SIGTERM: the main thread is interrupted, and has time to clean up. */
public final class Interruption implements AutoCloseable {
  private static final long CLEAN_UP_SECONDS = 120;

  private static volatile boolean requested;

  private final CountDownLatch done = new CountDownLatch(1);

  /** Has signals interrupt this thread, until {@link #close} is called by it. */
  public static Interruption ofThisThread() {
    Interruption interruption = new Interruption();
    Thread main = Thread.currentThread();
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              requested = true;
              main.interrupt();
              try {
                if (!interruption.done.await(CLEAN_UP_SECONDS, TimeUnit.SECONDS)) {
                  System.err.println("cleaning up took too long: look for mounts and processes");
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }));
    return interruption;
  }

  public static boolean requested() {
    return requested;
  }

  @Override
  public void close() {
    done.countDown();
  }
}
