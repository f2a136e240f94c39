package dev.sluice.registry;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/** A stream of bytes that are all there already. */
final class BytesStream implements ReadStream<Buffer> {
  private final Buffer bytes;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private boolean paused;
  private boolean sent;
  private boolean ended;

  BytesStream(byte[] bytes) {
    this.bytes = Buffer.buffer(bytes);
  }

  @Override
  public BytesStream handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    flow();
    return this;
  }

  @Override
  public BytesStream endHandler(@Nullable Handler<Void> endHandler) {
    this.endHandler = endHandler;
    flow();
    return this;
  }

  @Override
  public BytesStream exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public BytesStream pause() {
    paused = true;
    return this;
  }

  @Override
  public BytesStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public BytesStream fetch(long amount) {
    paused = amount == 0;
    flow();
    return this;
  }

  private void flow() {
    if (!paused && handler != null && !sent) {
      sent = true;
      handler.handle(bytes);
    }
    if (!paused && sent && !ended && endHandler != null) {
      ended = true;
      endHandler.handle(null);
    }
  }
}
