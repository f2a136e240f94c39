package dev.sluice.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One opening of a layer: its own origin and its own waiting reads. */
final class LayerHandle implements LayerCache {
  private static final Piece NOTHING =
      new Piece(0, 0) {
        @Override
        public void copyTo(java.lang.foreign.MemorySegment target) {}

        @Override
        void unpin() {}
      };

  private final Layer layer;
  private final Origin origin;
  private final Runnable whenClosed;
  private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean closed = new AtomicBoolean();

  LayerHandle(Layer layer, Origin origin, Runnable whenClosed) {
    this.layer = layer;
    this.origin = origin;
    this.whenClosed = whenClosed;
  }

  @Override
  public LayerKey key() {
    return layer.key();
  }

  @Override
  public ChunkMap map() {
    return layer.map();
  }

  @Override
  public @Nullable Lease tryRead(long offset, int length) {
    ChunkMap map = layer.map();
    Objects.checkFromIndexSize(offset, length, map.size());
    if (closed.get()) {
      return null;
    }
    if (length == 0) {
      return NOTHING;
    }
    int first = map.indexOf(offset);
    if (offset + length <= map.end(first)) {
      return layer.acquire(first, offset, length);
    }
    Piece[] pieces = new Piece[map.indexOf(offset + length - 1) - first + 1];
    for (int i = 0; i < pieces.length; i++) {
      long from = Math.max(offset, map.start(first + i));
      long to = Math.min(offset + length, map.end(first + i));
      Piece piece = layer.acquire(first + i, from, (int) (to - from));
      if (piece == null) {
        while (--i >= 0) {
          pieces[i].close();
        }
        return null;
      }
      pieces[i] = piece;
    }
    return new JoinedLease(pieces);
  }

  @Override
  public CompletableFuture<Lease> read(long offset, int length, Lane lane) {
    Objects.checkFromIndexSize(offset, length, layer.map().size());
    if (closed.get()) {
      return CompletableFuture.failedFuture(layer.closedFailure());
    }
    if (length == 0) {
      return CompletableFuture.completedFuture(NOTHING);
    }
    return wait(new PendingRead(layer, offset, length).start(lane, origin));
  }

  @Override
  public CompletableFuture<@Nullable Void> fill(int first, int last, Lane lane) {
    Objects.checkFromToIndex(first, last + 1, layer.map().count());
    if (closed.get()) {
      return CompletableFuture.failedFuture(layer.closedFailure());
    }
    return wait(new Fill(layer, first, last, lane, origin).start());
  }

  /** Fails the future if this handle is closed before it is complete. */
  @SuppressWarnings("UndefinedEquals") // identity is meant
  private <T extends @Nullable Object> CompletableFuture<T> wait(CompletableFuture<T> future) {
    if (!future.isDone()) {
      waiting.add(future);
      var _ = future.whenComplete((done, failure) -> waiting.remove(future));
      if (closed.get()) {
        future.completeExceptionally(layer.closedFailure());
      }
    }
    return future;
  }

  @Override
  public boolean has(int chunk) {
    return layer.has(chunk);
  }

  @Override
  public boolean onDisk(int chunk) {
    return layer.onDisk(chunk);
  }

  @Override
  public boolean wasRead(int chunk) {
    return layer.wasRead(chunk);
  }

  @Override
  public boolean touched(int chunk) {
    return layer.touched(chunk);
  }

  @Override
  public boolean complete() {
    return layer.complete();
  }

  @Override
  public TarCheck.Verdict check(MessageDigest digest, byte[] expected, BooleanSupplier goOn)
      throws IOException {
    return layer.check(digest, expected, goOn);
  }

  @Override
  public @Nullable FetchTimes times(int chunk) {
    return origin.times(chunk);
  }

  @Override
  public Optional<Path> seal() throws IOException {
    return layer.seal();
  }

  @Override
  public Demand demand() {
    return layer.demand();
  }

  @Override
  public long bytesOnDisk() {
    return layer.bytesOnDisk();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      for (CompletableFuture<?> future : waiting) {
        future.completeExceptionally(layer.closedFailure());
      }
      whenClosed.run();
    }
  }
}
