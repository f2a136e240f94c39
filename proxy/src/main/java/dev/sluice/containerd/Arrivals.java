package dev.sluice.containerd;

import io.vertx.grpc.common.GrpcStatus;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What has come on one call: added by an event loop, taken by the one thread that calls. */
final class Arrivals<A> {
  private final BlockingQueue<Arrival<A>> queue = new LinkedBlockingQueue<>();
  private @Nullable CompletableFuture<@Nullable Void> waiting;
  private boolean over;

  /** A message, or the last of a call. */
  sealed interface Arrival<A> {}

  record Message<A>(A message) implements Arrival<A> {}

  record End<A>(GrpcStatus status, @Nullable String message) implements Arrival<A> {}

  record Broken<A>(Throwable cause) implements Arrival<A> {}

  void add(Arrival<A> arrival) {
    queue.add(arrival);
    if (!(arrival instanceof Message<A>)) {
      end();
    }
  }

  private synchronized void end() {
    over = true;
    if (waiting != null) {
      waiting.complete(null);
    }
  }

  /**
   * A future for something that this thread waits for, which completes at the latest when nothing
   * more can come. The one before is forgotten.
   */
  synchronized CompletableFuture<@Nullable Void> completeWhenOver() {
    waiting = new CompletableFuture<>();
    if (over) {
      waiting.complete(null);
    }
    return waiting;
  }

  /** The next one, null if none comes within {@code bound}. */
  @Nullable Arrival<A> poll(Duration bound) throws InterruptedException {
    return queue.poll(bound.toMillis(), TimeUnit.MILLISECONDS);
  }
}
