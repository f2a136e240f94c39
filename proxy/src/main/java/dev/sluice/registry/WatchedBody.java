package dev.sluice.registry;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The body of an upload; notices when nobody takes it. */
final class WatchedBody implements ReadStream<Buffer> {
  private final ReadStream<Buffer> body;
  private long lastNanos = System.nanoTime();
  private boolean ended;

  WatchedBody(ReadStream<Buffer> body) {
    this.body = body;
  }

  /** Runs {@code action} if no byte is taken for {@code stall} before the body's end. */
  void onStall(Duration stall, Vertx vertx, Runnable action) {
    vertx.setTimer(
        Math.max(1, stall.toMillis()),
        _ -> {
          if (ended) {
            return;
          }
          if (System.nanoTime() - lastNanos >= stall.toNanos()) {
            ended = true;
            action.run();
          } else {
            onStall(stall, vertx, action);
          }
        });
  }

  @Override
  public WatchedBody handler(@Nullable Handler<Buffer> handler) {
    body.handler(
        handler == null
            ? null
            : bytes -> {
              lastNanos = System.nanoTime();
              handler.handle(bytes);
            });
    return this;
  }

  @Override
  public WatchedBody endHandler(@Nullable Handler<Void> handler) {
    body.endHandler(_ -> {
      ended = true;
      if (handler != null) {
        handler.handle(null);
      }
    });
    return this;
  }

  @Override
  public WatchedBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    body.exceptionHandler(
        handler == null
            ? null
            : failure -> {
              ended = true;
              handler.handle(failure);
            });
    return this;
  }

  @Override
  public WatchedBody pause() {
    body.pause();
    return this;
  }

  @Override
  public WatchedBody resume() {
    body.resume();
    return this;
  }

  @Override
  public WatchedBody fetch(long amount) {
    body.fetch(amount);
    return this;
  }
}
