package dev.sluice.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.InvalidMessageException;
import io.vertx.grpc.common.MessageSizeOverflowException;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call: takes its one request on the event loop, reads it and works on a thread of its own, and
 * answers with any number of messages on the event loop.
 */
final class UnaryCall<Q extends Message, A> {
  private static final Logger LOG = LoggerFactory.getLogger(UnaryCall.class);

  /** What a call does. */
  @FunctionalInterface
  interface Work<Q, A> {
    Iterable<A> answer(Q request, Caller caller);
  }

  private final GrpcServerRequest<Buffer, A> request;
  private final GrpcServerResponse<Buffer, A> response;
  private final Parser<Q> parser;
  private final Work<Q, A> work;
  private final Executor workers;
  private final SnapshotObserver observer;
  private final Context loop;
  private final Caller caller = new Caller();
  private final long started = System.nanoTime();
  private @Nullable Buffer message;
  private boolean ended;

  UnaryCall(
      Context loop,
      GrpcServerRequest<Buffer, A> request,
      Parser<Q> parser,
      Work<Q, A> work,
      Executor workers,
      SnapshotObserver observer) {
    this.loop = loop;
    this.request = request;
    this.response = request.response();
    this.parser = parser;
    this.work = work;
    this.workers = workers;
    this.observer = observer;
  }

  void start() {
    Handler<Throwable> left = _ -> leave();
    request.exceptionHandler(left);
    response.exceptionHandler(left);
    request.errorHandler(_ -> leave());
    request.invalidMessageHandler(this::refuse);
    request.handler(each -> message = each);
    request.endHandler(_ -> begin());
  }

  private void leave() {
    caller.leave();
    if (!ended) {
      ended = true;
      observed(GrpcStatus.CANCELLED);
    }
  }

  private void refuse(InvalidMessageException cause) {
    if (cause instanceof MessageSizeOverflowException) {
      String most = SnapshotService.MAX_MESSAGE_BYTES + " bytes";
      fail(new Status(GrpcStatus.RESOURCE_EXHAUSTED, "the request is longer than " + most));
    } else {
      fail(new Status(GrpcStatus.INTERNAL, "the request can't be read"));
    }
  }

  private void begin() {
    Buffer received = message;
    if (ended) {
      return;
    }
    if (received == null) {
      fail(new Status(GrpcStatus.INTERNAL, "the request holds no message"));
      return;
    }
    try {
      workers.execute(() -> run(received));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      fail(new Status(GrpcStatus.UNAVAILABLE, "the snapshotter is being closed: try again"));
    }
  }

  private void run(Buffer received) {
    Iterable<A> answers;
    try {
      answers = work.answer(parser.parseFrom(received.getBytes()), caller);
    } catch (InvalidProtocolBufferException e) {
      Status status = new Status(GrpcStatus.INTERNAL, "the request is no message of this method");
      loop.runOnContext(_ -> fail(status));
      return;
    } catch (RuntimeException | Error e) {
      Status status = Status.of(e);
      if (status.isOurFault()) {
        LOG.warn("{} failed", request.methodName(), e);
      }
      loop.runOnContext(_ -> fail(status));
      return;
    }
    loop.runOnContext(_ -> send(answers.iterator()));
  }

  private void send(Iterator<A> answers) {
    while (!ended && answers.hasNext()) {
      if (response.writeQueueFull()) {
        response.drainHandler(_ -> send(answers));
        return;
      }
      response.write(answers.next());
    }
    if (!ended) {
      ended = true;
      response.end();
      observed(GrpcStatus.OK);
    }
  }

  private void fail(Status status) {
    if (ended) {
      return;
    }
    ended = true;
    response.status(status.code()).statusMessage(status.message()).end();
    observed(status.code());
  }

  private void observed(GrpcStatus status) {
    observer.called(
        request.methodName(), status.name(), Duration.ofNanos(System.nanoTime() - started));
  }
}
