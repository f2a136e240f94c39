package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.codec.BodyCodec;
import io.vertx.ext.web.codec.spi.BodyStream;
import org.jspecify.annotations.Nullable;

/** Gathers a small body and refuses a large one: the web client's own codecs have no limit. */
final class BoundedCodec implements BodyCodec<Buffer> {
  private static final int LIMIT = 256 << 10;

  private final Operation operation;

  BoundedCodec(Operation operation) {
    this.operation = operation;
  }

  @Override
  public BodyStream<Buffer> stream() {
    return new Gatherer();
  }

  private final class Gatherer implements BodyStream<Buffer> {
    private final Promise<Buffer> result = Promise.promise();
    private final Buffer all = Buffer.buffer();

    @Override
    public Future<Buffer> result() {
      return result.future();
    }

    @Override
    public void handle(Throwable failure) {
      result.tryFail(failure);
    }

    @Override
    public Future<Void> write(Buffer bytes) {
      if (all.length() + bytes.length() > LIMIT) {
        SluiceException tooLong =
            operation.failure(
                FailureKind.EXHAUSTED, "the answer is longer than " + LIMIT + " bytes");
        result.tryFail(tooLong);
        return Future.failedFuture(tooLong);
      }
      all.appendBuffer(bytes);
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> end() {
      result.tryComplete(all);
      return Future.succeededFuture();
    }

    @Override
    public BodyStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
      return this;
    }

    @Override
    public BodyStream<Buffer> setWriteQueueMaxSize(int size) {
      return this;
    }

    @Override
    public boolean writeQueueFull() {
      return false;
    }

    @Override
    public BodyStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
      return this;
    }
  }
}
