package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Interrupts the command's thread when its {@code --timeout} is over. */
final class Deadline implements AutoCloseable {
  private final Thread command = Thread.currentThread();
  private @Nullable Duration limit;
  private @Nullable Thread timer;
  private volatile boolean over;

  void start(@Nullable Duration timeout) {
    if (timeout == null) {
      return;
    }
    limit = timeout;
    timer =
        Thread.ofVirtual()
            .start(() -> {
              try {
                Thread.sleep(timeout);
                over = true;
                command.interrupt();
              } catch (InterruptedException e) {
                // The command was done in time.
              }
            });
  }

  /** What a failure really is: an interruption after the deadline is a timeout. */
  Exception explain(Exception failure) {
    Duration timeout = limit;
    if (!over || timeout == null || SluiceException.kindOf(failure) != FailureKind.CANCELLED) {
      return failure;
    }
    return new SluiceException(
        FailureKind.TIMEOUT,
        "not done within --timeout %s: %s"
            .formatted(Durations.format(timeout), failure.getMessage()),
        failure);
  }

  @Override
  public void close() {
    Thread running = timer;
    if (running != null) {
      running.interrupt();
    }
    if (over) {
      // The interruption was ours; whoever called us shall not see it.
      Thread.interrupted();
    }
  }
}
