package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Interrupts the command's thread when its {@code --timeout} is over. */
final class Deadline implements AutoCloseable {
  private final Thread command = Thread.currentThread();
  private @Nullable Duration limit;
  private @Nullable CompletableFuture<Void> timer;
  private volatile boolean over;

  void start(@Nullable Duration timeout) {
    if (timeout == null) {
      return;
    }
    limit = timeout;
    timer =
        CompletableFuture.runAsync(
            () -> {
              over = true;
              command.interrupt();
            },
            CompletableFuture.delayedExecutor(timeout.toMillis(), TimeUnit.MILLISECONDS));
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
    CompletableFuture<Void> waiting = timer;
    if (waiting != null) {
      waiting.cancel(false);
    }
    if (over) {
      // The interruption was ours; whoever called us shall not see it.
      Thread.interrupted();
    }
  }
}
