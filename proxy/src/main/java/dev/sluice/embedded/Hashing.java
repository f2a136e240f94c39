package dev.sluice.embedded;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** A stream that hashes and counts what it passes on. */
final class Hashing implements WriteStream<Buffer> {
  private final WriteStream<Buffer> to;
  private final MessageDigest digester;
  private final LongConsumer count;

  Hashing(WriteStream<Buffer> to, MessageDigest digester, LongConsumer count) {
    this.to = to;
    this.digester = digester;
    this.count = count;
  }

  @Override
  public Future<Void> write(Buffer bytes) {
    digester.update(bytes.getBytes());
    count.accept(bytes.length());
    return to.write(bytes);
  }

  @Override
  public Future<Void> end() {
    return to.end();
  }

  @Override
  public Hashing exceptionHandler(@Nullable Handler<Throwable> handler) {
    to.exceptionHandler(handler);
    return this;
  }

  @Override
  public Hashing setWriteQueueMaxSize(int size) {
    to.setWriteQueueMaxSize(size);
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return to.writeQueueFull();
  }

  @Override
  public Hashing drainHandler(@Nullable Handler<Void> handler) {
    to.drainHandler(handler);
    return this;
  }
}
