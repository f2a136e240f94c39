package dev.sluice.image;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * A byte array as the body of an upload: one buffer, then the end, as far as they are asked for.
 */
final class BytesStream implements ReadStream<Buffer> {
  private final Buffer bytes;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private long demand = Long.MAX_VALUE;
  private boolean delivered;
  private boolean ended;

  BytesStream(byte[] bytes) {
    this.bytes = Buffer.buffer(bytes);
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    deliver();
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    demand = 0;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    deliver();
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
    this.endHandler = handler;
    deliver();
    return this;
  }

  private void deliver() {
    Handler<Buffer> to = handler;
    if (!delivered && demand > 0 && to != null) {
      delivered = true;
      if (bytes.length() > 0) {
        to.handle(bytes);
      }
    }
    Handler<Void> end = endHandler;
    if (delivered && !ended && demand > 0 && end != null) {
      ended = true;
      end.handle(null);
    }
  }
}
