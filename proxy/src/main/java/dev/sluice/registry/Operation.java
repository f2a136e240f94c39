package dev.sluice.registry;

import dev.sluice.cache.Lane;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One call of the client: what it does in words, when it must have ended, and the HTTP requests to
 * cut when it has. Confined to its context's event loop.
 */
final class Operation {
  private final Vertx vertx;
  private final Context context;
  private final String what;
  private final long deadlineNanos;
  private final Lane lane;

  /** Null: only the bound of the whole call counts. */
  private final @Nullable Silence silence;

  private final Set<HttpClientRequest> open = new HashSet<>();
  private long listener = -1;
  private boolean ended;
  private int answers;

  private Operation(
      Vertx vertx,
      Context context,
      String what,
      Duration bound,
      Lane lane,
      @Nullable Silence silence) {
    this.vertx = vertx;
    this.context = context;
    this.what = what;
    this.lane = lane;
    this.silence = silence;
    this.deadlineNanos = System.nanoTime() + bound.toNanos();
  }

  /**
   * Runs {@code body} on {@code context}; the future ends at the latest when {@code bound} is over
   * and fails with a {@link SluiceException}.
   *
   * @param what action and subject: "read manifest 1.2 of example.com/app"
   */
  static <T extends @Nullable Object> Future<T> run(
      Vertx vertx,
      Context context,
      String what,
      Duration bound,
      Function<Operation, Future<T>> body) {
    return run(vertx, context, what, bound, null, RangeTerms.DEMAND, body);
  }

  /**
   * The same; ends also when nothing has come for {@code silence}, or when the terms say that it is
   * abandoned.
   */
  static <T extends @Nullable Object> Future<T> run(
      Vertx vertx,
      Context context,
      String what,
      Duration bound,
      @Nullable Duration silence,
      RangeTerms terms,
      Function<Operation, Future<T>> body) {
    Promise<T> promise = Promise.promise();
    context.runOnContext(_ -> {
      Operation operation =
          new Operation(
              vertx,
              context,
              what,
              bound,
              terms.lane(),
              silence == null ? null : new Silence(silence));
      operation.start(bound, body, promise);
      operation.listen(promise);
      Future<Void> abandoned = terms.abandoned();
      if (abandoned != null) {
        operation
            .here(abandoned)
            .onComplete(_ -> {
              promise.tryFail(operation.failure(FailureKind.CANCELLED, "given up"));
              operation.end();
            });
      }
    });
    return promise.future();
  }

  private <T extends @Nullable Object> void start(
      Duration bound, Function<Operation, Future<T>> body, Promise<T> promise) {
    long timer =
        vertx.setTimer(
            Math.max(1, bound.toMillis()),
            _ -> {
              promise.tryFail(
                  failure(FailureKind.TIMEOUT, "not done after " + bound.toSeconds() + " s"));
              end();
            });
    Future<T> work;
    try {
      work = body.apply(this);
    } catch (RuntimeException e) {
      work = Future.failedFuture(e);
    }
    work.onComplete(done -> {
      vertx.cancelTimer(timer);
      if (done.succeeded()) {
        promise.tryComplete(done.result());
      } else {
        promise.tryFail(Failures.of(this, done.cause()));
      }
      end();
    });
  }

  /** Looks again when the silence would have lasted too long. */
  private void listen(Promise<?> promise) {
    if (silence == null || ended) {
      return;
    }
    Silence now = silence;
    listener =
        vertx.setTimer(
            Math.max(1, now.left().toMillis()),
            _ -> {
              if (now.left().isZero()) {
                promise.tryFail(
                    failure(
                        FailureKind.TIMEOUT,
                        "no byte for " + now.most().toSeconds() + " s, over all attempts"));
                end();
              } else {
                listen(promise);
              }
            });
  }

  private void end() {
    ended = true;
    vertx.cancelTimer(listener);
    for (HttpClientRequest request : Set.copyOf(open)) {
      request.reset();
    }
    open.clear();
  }

  /** Whose retry budget it uses. */
  Lane lane() {
    return lane;
  }

  boolean ended() {
    return ended;
  }

  Duration left() {
    return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
  }

  void answered() {
    answers++;
  }

  /** Bytes came. */
  void heard() {
    if (silence != null) {
      silence.heard();
    }
  }

  /** How long a connection may be silent now, {@code usual} at most. */
  Duration patience(Duration usual) {
    return silence == null ? usual : silence.patience(usual);
  }

  /** A connection was given up because it was silent. */
  void gaveUp() {
    if (silence != null) {
      silence.gaveUp();
    }
  }

  /** How many HTTP answers it has had. */
  int answers() {
    return answers;
  }

  void opened(HttpClientRequest request) {
    if (ended) {
      request.reset();
    } else {
      open.add(request);
    }
  }

  void closed(HttpClientRequest request) {
    open.remove(request);
  }

  /** The same result on this operation's event loop, wherever it comes from. */
  <T extends @Nullable Object> Future<T> here(Future<T> elsewhere) {
    Promise<T> promise = Promise.promise();
    elsewhere.onComplete(done -> {
      if (context.equals(Vertx.currentContext())) {
        promise.handle(done);
      } else {
        context.runOnContext(_ -> promise.handle(done));
      }
    });
    return promise.future();
  }

  /** Ends after a pause, or fails at once if the operation has not that long to live. */
  Future<Void> pause(Duration pause) {
    if (silence != null) {
      silence.agreed(pause);
    }
    Promise<Void> over = Promise.promise();
    vertx.setTimer(
        Math.max(1, pause.toMillis()),
        _ -> {
          if (ended) {
            over.fail(failure(FailureKind.CANCELLED, "given up"));
          } else {
            over.complete();
          }
        });
    return over.future();
  }

  SluiceException failure(FailureKind kind, String cause) {
    return failure(kind, cause, null, null);
  }

  SluiceException failure(
      FailureKind kind, String cause, @Nullable String advice, @Nullable Throwable from) {
    return new SluiceException(kind, what + ": " + cause, advice, from);
  }

  @Override
  public String toString() {
    return what;
  }
}
