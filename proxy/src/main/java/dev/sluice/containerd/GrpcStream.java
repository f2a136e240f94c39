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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
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
  /*
   * Vert.x 5.2 forgets a write that another thread adds while the event loop closes the stream: its
   * OutboundMessageQueue takes it, and drains no more. Its future never completes. containerd closes
   * a stream as soon as it has answered, before our end of it is out, so this happens (once in some
   * thousand calls on a busy machine). A flow control window that is never opened does the same. So
   * a send is over, too, when the stream is: what arrived tells how the call ended.
   */
  private static final Logger LOG = LoggerFactory.getLogger(GrpcStream.class);

  private final String action;
  private final Duration bound;
  private final GrpcClientRequest<Q, A> request;
  private final Arrivals<A> arrivals;
  private boolean ended;

  private GrpcStream(
      String action, Duration bound, GrpcClientRequest<Q, A> request, Arrivals<A> arrivals) {
    this.action = action;
    this.bound = bound;
    this.request = request;
    this.arrivals = arrivals;
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
    Arrivals<A> arrivals = new Arrivals<>();
    Future<GrpcClientRequest<Q, A>> opening =
        Connecting.open(() -> client.request(SocketAddress.domainSocketAddress(socket), method))
            .map(request -> prepare(request, headers, arrivals));
    try {
      return new GrpcStream<>(
          action,
          bound,
          await(opening.toCompletionStage().toCompletableFuture(), bound, action),
          arrivals);
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
      GrpcClientRequest<Q, A> request, Map<String, String> headers, Arrivals<A> arrivals) {
    headers.forEach((name, value) -> request.headers().set(name, value));
    // A server that has answered may close the stream before our end of it has been sent. What
    // matters of a broken request the response tells too.
    request.exceptionHandler(_ -> {});
    request
        .response()
        .onFailure(cause -> arrivals.add(new Arrivals.Broken<>(cause)))
        .onSuccess(response -> listen(response, arrivals));
    return request;
  }

  private static <Q, A> void listen(GrpcClientResponse<Q, A> response, Arrivals<A> arrivals) {
    response.exceptionHandler(cause -> arrivals.add(new Arrivals.Broken<>(cause)));
    response.invalidMessageHandler(cause -> arrivals.add(new Arrivals.Broken<>(cause)));
    response.handler(message -> arrivals.add(new Arrivals.Message<>(message)));
    response.endHandler(
        _ -> arrivals.add(new Arrivals.End<>(response.status(), response.statusMessage())));
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
    CompletableFuture<@Nullable Void> sent = arrivals.completeWhenOver();
    try {
      sending.get().onSuccess(sent::complete).onFailure(sent::completeExceptionally);
      await(sent, bound, action);
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
      return taken(arrivals.poll(bound));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      close();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    }
  }

  private @Nullable A taken(Arrivals.@Nullable Arrival<A> arrival) {
    if (arrival == null) {
      close();
      throw late(bound, action);
    }
    if (arrival instanceof Arrivals.Message<A>(A message)) {
      return message;
    }
    ended = true;
    if (arrival instanceof Arrivals.Broken<A>(Throwable cause)) {
      throw broken(cause);
    }
    if (arrival instanceof Arrivals.End<A>(GrpcStatus status, String message)
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

  private static <T extends @Nullable Object> T await(
      CompletableFuture<T> future, Duration bound, String action) throws ExecutionException {
    try {
      return future.get(bound.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      throw late(bound, action);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, action + ": interrupted", e);
    }
  }
}
