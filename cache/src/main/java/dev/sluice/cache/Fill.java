package dev.sluice.cache;

import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Brings an interval of chunks into the tiers, as many at a time as its lane's window allows. Ends
 * early after a failure.
 */
final class Fill implements FlightTable.Waiter {
  /** How many steps fit the window at least. */
  private static final int STEPS = 8;

  private final Layer layer;
  private final int last;
  private final Lane lane;
  private final Origin origin;
  private final FillWindow window;
  private final CompletableFuture<@Nullable Void> future = new CompletableFuture<>();

  /** How many wishes to advance there are; whoever makes it 1 does the work. */
  private final AtomicInteger wishes = new AtomicInteger();

  /** Only by whoever advances. */
  private int next;

  // Guarded by this.
  private final BitSet underWay = new BitSet();
  private boolean exhausted;
  private @Nullable Throwable failure;

  Fill(Layer layer, int first, int last, Lane lane, Origin origin) {
    this.layer = layer;
    this.next = first;
    this.last = last;
    this.lane = lane;
    this.origin = origin;
    this.window = layer.fills(lane);
  }

  CompletableFuture<@Nullable Void> start() {
    advance();
    return future;
  }

  /** Starts what fits the window. May be called from anywhere, also while it runs. */
  void advance() {
    if (wishes.getAndIncrement() != 0) {
      return;
    }
    int done = 1;
    do {
      while (step()) {
        // as far as the window goes
      }
      done = wishes.addAndGet(-done);
    } while (done != 0);
  }

  private boolean step() {
    while (next <= last && layer.has(next)) {
      next++;
    }
    if (next > last || ended()) {
      exhaust();
      return false;
    }
    ChunkMap map = layer.map();
    // Small steps: each needs all its room at once, and the way must not run dry until it has it.
    long longest = Math.min(origin.longestFetch(), window.bound() / STEPS);
    int to = next;
    while (to < last && map.end(to + 1) - map.start(next) <= longest && !layer.has(to + 1)) {
      to++;
    }
    if (!window.tryTake(map.end(to) - map.start(next), this)) {
      return false;
    }
    int from = next;
    next = to + 1;
    synchronized (this) {
      underWay.set(from, to + 1);
    }
    if (!layer.request(from, to, lane, origin, this, this::look)) {
      for (int chunk = from; chunk <= to; chunk++) {
        end(chunk, layer.closedFailure());
      }
    }
    return true;
  }

  private synchronized boolean ended() {
    return failure != null || future.isDone();
  }

  private void exhaust() {
    boolean complete;
    synchronized (this) {
      complete = !exhausted && underWay.isEmpty();
      exhausted = true;
    }
    if (complete) {
      complete();
    }
  }

  private boolean look(int chunk) {
    if (!layer.has(chunk)) {
      return false;
    }
    end(chunk, null);
    return true;
  }

  @Override
  public void arrived(int chunk, VerifiedChunk bytes) {}

  @Override
  public void settled(int chunk) {
    end(chunk, null);
  }

  @Override
  public void failed(int chunk, Throwable cause) {
    end(chunk, cause);
  }

  private void end(int chunk, @Nullable Throwable cause) {
    boolean complete;
    synchronized (this) {
      if (!underWay.get(chunk)) {
        return;
      }
      underWay.clear(chunk);
      failure = failure == null ? cause : failure;
      complete = exhausted && underWay.isEmpty();
    }
    window.give(layer.map().length(chunk));
    if (complete) {
      complete();
    }
  }

  private void complete() {
    Throwable cause;
    synchronized (this) {
      cause = failure;
    }
    if (cause == null) {
      future.complete(null);
    } else {
      future.completeExceptionally(cause);
    }
  }
}
