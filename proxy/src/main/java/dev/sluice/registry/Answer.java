package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP answer whose body is read once: streamed, gathered, discarded or cut off. That must be
 * decided in the callback that brought the answer. Watches that bytes keep coming.
 */
final class Answer {
  private static final int DISCARD_LIMIT = 64 << 10;

  private final Vertx vertx;
  private final Operation operation;
  private final HttpClientResponse response;
  private final Target target;
  private final Duration usualStall;
  private final RegistryObserver observer;
  private final long startNanos;
  private final Promise<Void> end = Promise.promise();
  private long lastByteNanos = System.nanoTime();
  private long received;
  private long timer = -1;

  Answer(
      Vertx vertx,
      Operation operation,
      HttpClientResponse response,
      Target target,
      Duration usualStall,
      RegistryObserver observer,
      long startNanos) {
    this.vertx = vertx;
    this.operation = operation;
    this.response = response;
    this.target = target;
    this.usualStall = usualStall;
    this.observer = observer;
    this.startNanos = startNanos;
  }

  int status() {
    return response.statusCode();
  }

  boolean ok() {
    return status() / 100 == 2;
  }

  @Nullable String header(String name) {
    return response.getHeader(name);
  }

  List<String> headers(String name) {
    return response.headers().getAll(name);
  }

  /** The place that answered. */
  Target target() {
    return target;
  }

  /** The media type without its parameters; {@code ""} if there is none. */
  String mediaType() {
    String type = header("Content-Type");
    return type == null ? "" : type.split(";", 2)[0].strip();
  }

  /** Content-Length; -1 if there is none. */
  long length() {
    String length = header("Content-Length");
    if (length == null) {
      return -1;
    }
    try {
      return Long.parseLong(length.strip());
    } catch (NumberFormatException _) {
      return -1;
    }
  }

  /** Hands each piece of the body to {@code to}; ends with the body, or fails where it broke. */
  Future<Void> stream(Handler<Buffer> to) {
    response.handler(bytes -> {
      if (end.future().isComplete()) {
        return;
      }
      lastByteNanos = System.nanoTime();
      received += bytes.length();
      observer.received(bytes.length());
      try {
        to.handle(bytes);
      } catch (RuntimeException e) {
        end.tryFail(e);
        abort();
      }
    });
    response.exceptionHandler(end::tryFail);
    response.endHandler(_ -> end.tryComplete());
    watch(operation.patience(usualStall).toMillis());
    return end.future().andThen(_ -> closed());
  }

  /** The whole body, unless it is longer than {@code limit} bytes. */
  Future<Buffer> body(int limit) {
    Buffer all = Buffer.buffer();
    return stream(
            bytes -> {
              if (all.length() + bytes.length() > limit) {
                throw operation.failure(
                    FailureKind.EXHAUSTED,
                    "the answer is longer than " + limit + " bytes, the most that is accepted");
              }
              all.appendBuffer(bytes);
            })
        .map(all);
  }

  /** Reads and forgets a short body, so that the connection can be used again. */
  void discard() {
    if (length() > DISCARD_LIMIT) {
      abort();
    } else {
      body(DISCARD_LIMIT).onFailure(_ -> {});
    }
  }

  /** Cuts the body off. */
  void abort() {
    end.tryFail(operation.failure(FailureKind.CANCELLED, "the answer was cut off"));
    response.request().reset();
    closed();
  }

  private void watch(long millis) {
    timer =
        vertx.setTimer(
            Math.max(1, millis),
            _ -> {
              long silent = (System.nanoTime() - lastByteNanos) / 1_000_000;
              long stall = operation.patience(usualStall).toMillis();
              if (silent < stall) {
                watch(stall - silent);
                return;
              }
              operation.gaveUp();
              end.tryFail(
                  operation.failure(
                      FailureKind.TIMEOUT,
                      "no byte for " + stall + " ms, " + received + " had come"));
              abort();
            });
  }

  private void closed() {
    if (timer != -2) {
      vertx.cancelTimer(timer);
      timer = -2;
      operation.closed(response.request());
      observer.requestFinished(
          response.request().getMethod().name(),
          status() / 100,
          received,
          Duration.ofNanos(System.nanoTime() - startNanos));
    }
  }
}
