package dev.sluice.registry;

import dev.sluice.cache.Lane;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes attempts until one succeeds or there is no sense in more. */
final class Retrier {
  private final RetryPolicy policy;
  private final Map<Lane, RetryBudget> budgets = new EnumMap<>(Lane.class);
  private final RegistryObserver observer;

  Retrier(RetryPolicy policy, RegistryObserver observer) {
    this.policy = policy;
    for (Lane lane : Lane.values()) {
      budgets.put(lane, new RetryBudget(policy.budget(lane)));
    }
    this.observer = observer;
  }

  <T extends @Nullable Object> Future<T> retry(Operation operation, Supplier<Future<T>> attempt) {
    return attempt(operation, attempt, 1);
  }

  private <T extends @Nullable Object> Future<T> attempt(
      Operation operation, Supplier<Future<T>> attempt, int number) {
    return attempt
        .get()
        .onSuccess(_ -> progressed(operation))
        .recover(cause ->
            next(operation, cause, number + 1)
                .compose(_ -> attempt(operation, attempt, number + 1)));
  }

  /** Ends when attempt {@code number} may start after {@code cause}; fails if it may not. */
  Future<Void> next(Operation operation, Throwable cause, int number) {
    SluiceException failure = Failures.of(operation, cause);
    if (operation.ended() || !failure.kind().isTransient()) {
      return Future.failedFuture(failure);
    }
    if (number > policy.attempts()) {
      return Future.failedFuture(
          new SluiceException(
              failure.kind(),
              failure.getMessage() + " (" + policy.attempts() + " attempts)",
              failure.advice(),
              failure.getCause()));
    }
    if (!budget(operation).take()) {
      return Future.failedFuture(
          new SluiceException(
              failure.kind(),
              failure.getMessage() + " (no retry: too many requests fail now)",
              failure.advice(),
              failure.getCause()));
    }
    observer.retried();
    return operation
        .pause(policy.pause(number, ThreadLocalRandom.current()))
        .compose(_ ->
            operation.ended()
                ? Future.failedFuture(operation.failure(FailureKind.CANCELLED, "given up"))
                : Future.succeededFuture());
  }

  void progressed(Operation operation) {
    budget(operation).succeeded();
  }

  private RetryBudget budget(Operation operation) {
    return Objects.requireNonNull(budgets.get(operation.lane()));
  }
}
