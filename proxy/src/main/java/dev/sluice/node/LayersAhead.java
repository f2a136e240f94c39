package dev.sluice.node;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import dev.sluice.failure.SluiceException;
import dev.sluice.mount.OpenLayer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers opened before their turn. Containerd asks for the layers of an image one after the other,
 * and opening one, a download of its ztoc and much to compute, would wait for those below.
 */
final class LayersAhead implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LayersAhead.class);
  private static final int MOST = 256;
  private static final Duration KEEP = Duration.ofMinutes(1);

  /*
   * Threads of the system and not virtual ones: opening computes for long, and would keep from the
   * few carriers of virtual threads those that copy the next ztoc from the network.
   */
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().daemon().name("open-ahead-", 1).factory());

  private final Consumer<OpenLayer> unused;

  private final Cache<LazyRecord, CompletableFuture<OpenLayer>> opened =
      Caffeine.newBuilder()
          .maximumSize(MOST)
          .expireAfterWrite(KEEP)
          .scheduler(Scheduler.systemScheduler())
          .executor(Runnable::run)
          .evictionListener(this::evicted)
          .build();

  /**
   * @param unused closes layers that nobody took
   */
  LayersAhead(Consumer<OpenLayer> unused) {
    this.unused = unused;
  }

  /** Opens a layer on another thread, unless that was begun already. */
  void open(LazyRecord record, Supplier<OpenLayer> opening) {
    CompletableFuture<OpenLayer> begun = new CompletableFuture<>();
    if (opened.asMap().putIfAbsent(record, begun) == null) {
      try {
        threads.execute(() -> complete(begun, opening));
      } catch (RejectedExecutionException e) {
        begun.completeExceptionally(e);
      }
    }
  }

  private void complete(CompletableFuture<OpenLayer> begun, Supplier<OpenLayer> opening) {
    try {
      begun.complete(opening.get());
    } catch (RuntimeException | Error e) {
      // It is tried again, and counted, when the layer's turn comes.
      LOG.debug("open a layer ahead: {}", SluiceException.describe(e));
      begun.completeExceptionally(e);
    }
  }

  /** Hands over what was opened; null if it was not, or could not be. Waits for what is begun. */
  @Nullable OpenLayer take(LazyRecord record) {
    CompletableFuture<OpenLayer> begun = opened.asMap().remove(record);
    return begun == null ? null : begun.handle((layer, _) -> layer).join();
  }

  private void evicted(
      @Nullable LazyRecord record,
      @Nullable CompletableFuture<OpenLayer> begun,
      RemovalCause cause) {
    if (begun != null) {
      var _ = begun.thenAccept(unused);
    }
  }

  @Override
  public void close() {
    threads.shutdown();
    for (LazyRecord record : opened.asMap().keySet()) {
      CompletableFuture<OpenLayer> begun = opened.asMap().remove(record);
      if (begun != null) {
        var _ = begun.thenAccept(unused);
      }
    }
  }
}
