package dev.sluice.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Changes of an open layer's file that somebody asks for, done by the writer's thread. */
final class DiskChanges {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final DiskTier tier;
  private final DiskWriter writer;

  DiskChanges(DiskTier tier, DiskWriter writer) {
    this.tier = tier;
    this.writer = writer;
  }

  /** Notes that all of an open layer is here and what it should be. */
  void prove(DiskLayer layer) throws IOException {
    change(
        layer,
        () -> {
          try {
            layer.prove();
          } catch (IOException e) {
            tier.health().note("note that layer %s is complete".formatted(layer), e);
          }
        });
  }

  /**
   * Lets others read the file of an open layer of which all is here: nothing in it changes any
   * more.
   *
   * @return the file; null if not all is here, or half of the tier is held like this already
   */
  @Nullable Path seal(DiskLayer layer) throws IOException {
    boolean[] done = new boolean[1];
    change(
        layer,
        () -> {
          if (layer.sealed() || (isWhole(layer) && tier.maySeal(layer))) {
            try {
              layer.seal();
              tier.room().order().forget(layer);
              done[0] = layer.complete();
            } catch (IOException e) {
              tier.health().note("note that others read layer %s".formatted(layer), e);
            }
          }
        });
    return done[0] ? tier.directory().tar(layer.key()) : null;
  }

  private static boolean isWhole(DiskLayer layer) {
    return layer.complete() && layer.proven();
  }

  /** Drops all chunks of an open layer that nobody reads at the moment. */
  void drop(DiskLayer layer) throws IOException {
    change(
        layer,
        () -> {
          for (int chunk = 0; chunk < layer.map().count(); chunk++) {
            if (layer.states().beginEvict(chunk)) {
              tier.room().erase(layer, chunk);
            }
          }
        });
  }

  /** Runs on the writer's thread, and waits for it. */
  private void change(DiskLayer layer, Runnable change) throws IOException {
    if (!layer.retain()) {
      throw new IOException("change layer %s: it is closed".formatted(layer));
    }
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    boolean taken =
        writer.execute(() -> {
          try {
            change.run();
          } finally {
            layer.release();
            done.complete(null);
          }
        });
    if (!taken) {
      layer.release();
      throw new IOException("change layer %s: the cache is closed".formatted(layer));
    }
    try {
      var _ = done.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      throw new IOException(
          "change layer %s: the disk took longer than %s".formatted(layer, PATIENCE), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("change layer %s: interrupted".formatted(layer), e);
    }
  }

  /** A broken chunk that nobody pins any more; the caller holds the layer. */
  void dropBroken(DiskLayer layer, int chunk) {
    if (!layer.retain()) {
      return;
    }
    boolean taken =
        writer.execute(() -> {
          try {
            if (layer.states().beginEvict(chunk)) {
              tier.room().erase(layer, chunk);
            }
          } finally {
            layer.release();
          }
        });
    if (!taken) {
      layer.release();
    }
  }
}
