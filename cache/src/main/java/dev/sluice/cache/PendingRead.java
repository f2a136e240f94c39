package dev.sluice.cache;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A read that waits for chunks. */
final class PendingRead implements FlightTable.Waiter {
  private final Layer layer;
  private final long offset;
  private final int length;
  private final int first;
  private final int last;
  private final CompletableFuture<Lease> future = new CompletableFuture<>();

  // Guarded by this; nobody changes them once ended is set.
  private final @Nullable Piece[] pieces;
  private int missing;
  private boolean ended;

  /** The interval is not empty and lies inside the layer. */
  PendingRead(Layer layer, long offset, int length) {
    this.layer = layer;
    this.offset = offset;
    this.length = length;
    this.first = layer.map().indexOf(offset);
    this.last = layer.map().indexOf(offset + length - 1);
    this.pieces = new @Nullable Piece[last - first + 1];
    this.missing = pieces.length;
  }

  CompletableFuture<Lease> start(Lane lane, Origin origin) {
    boolean waits = lane == Lane.DEMAND;
    if (waits) {
      layer.beginWait();
    }
    if (!layer.request(first, last, lane, origin, this, this::look)) {
      future.completeExceptionally(layer.closedFailure());
    }
    // Also when the caller cancels it, or gives it a time limit.
    var _ =
        future.whenComplete((lease, failure) -> {
          if (waits) {
            layer.endWait();
          }
          end(failure);
        });
    return future;
  }

  private long from(int chunk) {
    return Math.max(offset, layer.map().start(chunk));
  }

  private int length(int chunk) {
    return (int) (Math.min(offset + length, layer.map().end(chunk)) - from(chunk));
  }

  private boolean look(int chunk) {
    Piece piece = layer.acquire(chunk, from(chunk), length(chunk));
    if (piece == null) {
      return false;
    }
    put(chunk, piece);
    return true;
  }

  @Override
  public void arrived(int chunk, VerifiedChunk bytes) {
    if (future.isDone() || !bytes.retain()) {
      return;
    }
    int skip = (int) (from(chunk) - layer.map().start(chunk));
    put(chunk, layer.piece(bytes, skip, length(chunk)));
  }

  @Override
  public void failed(int chunk, Throwable cause) {
    future.completeExceptionally(cause);
  }

  private void put(int chunk, Piece piece) {
    boolean taken;
    boolean complete = false;
    synchronized (this) {
      taken = !ended;
      if (taken) {
        pieces[chunk - first] = piece;
        missing--;
        complete = missing == 0;
        ended = complete;
      }
    }
    if (!taken) {
      piece.close();
    } else if (complete) {
      Lease lease = lease();
      if (!future.complete(lease)) {
        lease.close();
      }
    }
  }

  @SuppressWarnings("NullAway") // nothing is missing
  private Lease lease() {
    return pieces.length == 1 ? pieces[0] : new JoinedLease(pieces);
  }

  private void end(@Nullable Throwable failure) {
    if (failure != null) {
      drop();
    }
  }

  /** Lets go of what has come, and waits for nothing more. */
  private void drop() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    for (Piece piece : pieces) {
      if (piece != null) {
        piece.close();
      }
    }
    layer.leave(first, last, this);
  }
}
