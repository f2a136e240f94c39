package dev.sluice.daemon;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for event loops while the service starts and stops. */
final class Waits {
  private Waits() {}

  /**
   * @param action names what is waited for, in errors
   * @throws SluiceException TIMEOUT, or what the future failed with
   */
  static <T> T on(Future<T> future, String action, Duration longest) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(longest.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new SluiceException(FailureKind.TIMEOUT, action + ": not within " + longest, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    } catch (ExecutionException e) {
      throw SluiceException.unwrap(e) instanceof SluiceException known
          ? known
          : new SluiceException(
              FailureKind.LOCAL_IO, action + ": " + SluiceException.describe(e), e);
    }
  }
}
