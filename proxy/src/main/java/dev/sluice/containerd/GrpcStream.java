package dev.sluice.containerd;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of containerd, for one thread, which blocks. Every wait ends after the bound, at the
 * latest.
 */
final class GrpcStream<Q, A> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcStream.class);

  private final String action;
  private final Duration bound;
  private final GrpcClientRequest<Q, A> request;
  private final BlockingQueue<Event<A>> events;
  private boolean ended;

  private sealed interface Event<A> {
    record Message<A>(A message) implements Event<A> {}

    record End<A>(GrpcStatus status, @Nullable String message) implements Event<A> {}

    record Broken<A>(Throwable cause) implements Event<A> {}
  }

  private GrpcStream(
      String action,
      Duration bound,
      GrpcClientRequest<Q, A> request,
      BlockingQueue<Event<A>> events) {
    this.action = action;
    this.bound = bound;
    this.request = request;
    this.events = events;
  }

  /**
   * @param action what the call is for, in messages
   * @throws SluiceException UNAVAILABLE if containerd can't be reached
   */
  static <Q, A> GrpcStream<Q, A> open(
      GrpcClient client,
      String socket,
      ServiceMethod<A, Q> method,
      Map<String, String> headers,
      String action,
      Duration bound) {
    BlockingQueue<Event<A>> events = new LinkedBlockingQueue<>();
    Future<GrpcClientRequest<Q, A>> opening =
        Connecting.open(() -> client.request(SocketAddress.domainSocketAddress(socket), method))
            .map(request -> prepare(request, headers, events));
    try {
      return new GrpcStream<>(action, bound, await(opening, bound, action), events);
    } catch (ExecutionException e) {
      Throwable cause = SluiceException.unwrap(e);
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          action
              + ": can't reach containerd at "
              + socket
              + (cause.getMessage() == null ? "" : ": " + cause.getMessage()),
          "Check that containerd runs, or name its socket with --address.",
          cause);
    }
  }

  /** On the event loop, before anything can arrive. */
  private static <Q, A> GrpcClientRequest<Q, A> prepare(
      GrpcClientRequest<Q, A> request,
      Map<String, String> headers,
      BlockingQueue<Event<A>> events) {
    headers.forEach((name, value) -> request.headers().set(name, value));
    // A server that has answered may close the stream before our end of it has been sent. What
    // matters of a broken request the response tells too.
    request.exceptionHandler(_ -> {});
    request
        .response()
        .onFailure(cause -> events.add(new Event.Broken<>(cause)))
        .onSuccess(response -> listen(response, events));
    return request;
  }

  private static <Q, A> void listen(
      GrpcClientResponse<Q, A> response, BlockingQueue<Event<A>> events) {
    response.exceptionHandler(cause -> events.add(new Event.Broken<>(cause)));
    response.invalidMessageHandler(cause -> events.add(new Event.Broken<>(cause)));
    response.handler(message -> events.add(new Event.Message<>(message)));
    response.endHandler(
        _ -> events.add(new Event.End<>(response.status(), response.statusMessage())));
  }

  /** Waits until containerd takes it. */
  void send(Q message) {
    settle(() -> request.write(message));
  }

  /** Sends the only message. */
  void sendOnly(Q message) {
    settle(() -> request.end(message));
  }

  /** Says that nothing more is sent and waits for the call's end. */
  void finish() {
    settle(request::end);
    while (next() != null) {}
  }

  private void settle(Supplier<Future<Void>> sending) {
    try {
      await(sending.get(), bound, action);
    } catch (ExecutionException | IllegalStateException e) {
      // containerd may have answered and closed the stream already. Whatever it was, the answer
      // tells, or its absence.
      LOG.trace("{}: not all was sent", action, e);
    }
  }

  /**
   * The next answer, null if there are no more.
   *
   * @throws SluiceException of the kind that containerd's status stands for
   */
  @Nullable A next() {
    if (ended) {
      return null;
    }
    try {
      return taken(events.poll(bound.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    }
  }

  private @Nullable A taken(@Nullable Event<A> event) {
    if (event == null) {
      close();
      throw late(bound, action);
    }
    if (event instanceof Event.Message<A>(A message)) {
      return message;
    }
    ended = true;
    if (event instanceof Event.Broken<A>(Throwable cause)) {
      throw broken(cause);
    }
    if (event instanceof Event.End<A>(GrpcStatus status, String message)
        && status != GrpcStatus.OK) {
      throw Statuses.failure(action, status, message);
    }
    return null;
  }

  private SluiceException broken(Throwable cause) {
    return new SluiceException(
        FailureKind.UNAVAILABLE,
        action + ": the connection to containerd broke: " + SluiceException.describe(cause),
        cause);
  }

  private static SluiceException late(Duration bound, String action) {
    return new SluiceException(
        FailureKind.TIMEOUT, action + ": no answer from containerd in " + bound.toSeconds() + " s");
  }

  /** Cancels the call unless it has ended. */
  @Override
  public void close() {
    if (!ended) {
      ended = true;
      try {
        request.cancel();
      } catch (IllegalStateException e) {
        LOG.trace("{}: it had ended", action, e);
      }
    }
  }

  private static <T> T await(Future<T> future, Duration bound, String action)
      throws ExecutionException {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      throw late(bound, action);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    }
  }
}
