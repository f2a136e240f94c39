package dev.sluice.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM: interrupts the command and gives it time to remove what it made, before the
 * JVM ends with 130 or 143.
 */
final class Interruption implements AutoCloseable {
  private static final long GRACE_SECONDS = 10;

  private final Thread command = Thread.currentThread();
  private final CountDownLatch done = new CountDownLatch(1);

  private final Console console;

  private Interruption(Console console) {
    this.console = console;
  }

  static Interruption watch(Console console) {
    var interruption = new Interruption(console);
    Runtime.getRuntime().addShutdownHook(new Thread(interruption::interrupt, "interruption"));
    return interruption;
  }

  private void interrupt() {
    if (done.getCount() == 0) {
      return;
    }
    console.interrupted();
    command.interrupt();
    try {
      if (!done.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        console.complain("sluice: temporary files may be left");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
  }
}
