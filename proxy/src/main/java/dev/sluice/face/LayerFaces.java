package dev.sluice.face;

import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.InflateWorkers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The faces of a node's lazy layers. FUSE shows all of them; beside that each is mounted by EROFS
 * where that can be, ahead of its first use. Used by many threads at once.
 */
public final class LayerFaces implements AutoCloseable {
  /*
   * Whether the kernel can is found out by the first task, on a thread of this class: the start of
   * the service does not wait for it, nor for mounts, which the FUSE mount must answer. Who uses a
   * layer waits for its mount, as long as it takes to do without.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LayerFaces.class);
  private static final int THREADS = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final FaceDirectories directories;
  private final InflateWorkers workers;
  private final Duration patience;
  private final FaceCounters counters = new FaceCounters();
  private final Map<Long, FacedLayer> layers = new ConcurrentHashMap<>();
  private final Map<Long, CompletableFuture<@Nullable Void>> begun = new ConcurrentHashMap<>();
  private final ExecutorService threads =
      Executors.newFixedThreadPool(
          THREADS, Thread.ofPlatform().daemon().name("layer-face-", 1).factory());

  /** Complete when it is known whether the kernel can; null in it if not. */
  private final CompletableFuture<@Nullable FaceMaker> ready;

  /** Why no layer is shown by EROFS; null if layers are, or if it is not known yet. */
  private volatile @Nullable String obstacle;

  /**
   * @param adopted number of the FUSE mount if an earlier process served it, so that its EROFS
   *     mounts live on; 0 if not
   * @param workers that leave hints alone while a face is made
   */
  public static LayerFaces open(
      FaceDirectories directories, FaceChoice choice, int adopted, InflateWorkers workers) {
    return new LayerFaces(directories, choice, adopted, workers);
  }

  private LayerFaces(
      FaceDirectories directories, FaceChoice choice, int adopted, InflateWorkers workers) {
    this.directories = directories;
    this.workers = workers;
    this.patience = PATIENCE;
    this.ready = CompletableFuture.supplyAsync(() -> prepare(choice, adopted), threads);
  }

  /**
   * @param patience how long one waits for all layers that it uses
   */
  LayerFaces(
      FaceDirectories directories,
      CompletableFuture<@Nullable FaceMaker> ready,
      InflateWorkers workers,
      Duration patience) {
    this.directories = directories;
    this.workers = workers;
    this.ready = ready;
    this.patience = patience;
  }

  private @Nullable FaceMaker prepare(FaceChoice choice, int adopted) {
    long started = System.nanoTime();
    try {
      Files.createDirectories(directories.names());
      Files.createDirectories(directories.whole());
      Files.createDirectories(directories.images());
      EarlierMounts names = new EarlierMounts(directories.names(), counters);
      EarlierMounts whole = new EarlierMounts(directories.whole(), counters);
      if (adopted == 0) {
        names.dropAll(); // nobody answers for their bytes
      }
      ErofsProbe probe =
          choice == FaceChoice.FUSE
              ? new ErofsProbe("the configuration says so", false)
              : ErofsProbe.in(directories.images());
      LOG.debug(
          "looked for EROFS in {} ms: {}",
          Duration.ofNanos(System.nanoTime() - started).toMillis(),
          probe);
      if (probe.obstacle() == null) {
        return new FaceMaker(
            directories,
            new NameImages(directories.images(), counters),
            adopted,
            names,
            whole,
            probe.disksTakeDirect(),
            counters);
      }
      names.dropAll();
      whole.dropAll();
      giveUp(choice, probe.obstacle());
    } catch (IOException | RuntimeException e) {
      giveUp(choice, SluiceException.describe(e));
    }
    return null;
  }

  private void giveUp(FaceChoice choice, String why) {
    obstacle = why;
    switch (choice) {
      case FUSE -> {}
      case AUTO -> LOG.info("layers are shown by FUSE alone, not by EROFS: {}", why);
      case EROFS -> {
        counters.failures.increment();
        LOG.warn("layers are shown by FUSE alone, not by EROFS as configured: {}", why);
      }
    }
  }

  public FaceCounters counters() {
    return counters;
  }

  /**
   * FUSE shows a layer from now on: begins to mount it by EROFS.
   *
   * @param servedBy number of the FUSE mount
   */
  public void show(long number, ShownTree shown, int servedBy) {
    var _ = begin(number, servedBy, shown);
  }

  private CompletableFuture<@Nullable Void> begin(
      long number, int servedBy, @Nullable ShownTree shown) {
    CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
    if (shown != null) {
      begun.put(number, done);
    } else if (begun.replace(number, done) == null) {
      done.complete(null); // forgotten meanwhile
      return done;
    }
    try {
      var _ =
          ready.whenCompleteAsync(
              (maker, _) -> {
                try (var _ = workers.precede()) {
                  improve(number, servedBy, shown, maker);
                } finally {
                  done.complete(null);
                }
              },
              threads);
    } catch (RejectedExecutionException e) {
      done.complete(null); // closed
    }
    return done;
  }

  private void improve(
      long number, int servedBy, @Nullable ShownTree shown, @Nullable FaceMaker maker) {
    if (maker == null) {
      return;
    }
    FacedLayer layer =
        shown == null
            ? layers.get(number)
            : layers.computeIfAbsent(number, _ -> new FacedLayer(number, shown, maker));
    if (layer != null) {
      layer.improve(servedBy);
      if (!begun.containsKey(number)) {
        takeAway(number); // forgotten meanwhile, by one who did not wait so long
      }
    }
  }

  /**
   * Layers are about to be used: each gets the best face that can be had. Blocks, but not for long,
   * however many they are; never fails.
   */
  public void settle(int servedBy, long... numbers) {
    long end = System.nanoTime() + patience.toNanos();
    Map<Long, CompletableFuture<@Nullable Void>> again = new LinkedHashMap<>();
    List<Long> late = new ArrayList<>();
    for (long number : numbers) {
      CompletableFuture<@Nullable Void> pending = begun.get(number);
      if (pending == null) {
        continue;
      }
      if (!await(pending, end)) {
        late.add(number);
        continue;
      }
      FacedLayer layer = layers.get(number);
      if (layer != null && !layer.isSettled(servedBy)) {
        again.put(number, begin(number, servedBy, null));
      }
    }
    for (Map.Entry<Long, CompletableFuture<@Nullable Void>> each : again.entrySet()) {
      if (!await(each.getValue(), end)) {
        late.add(each.getKey());
      }
    }
    if (!late.isEmpty()) {
      late(late, numbers.length);
    }
  }

  private void late(List<Long> late, int of) {
    counters.failures.add(late.size());
    LOG.warn(
        "mount {} of {} layers by EROFS: not done within {}; these are shown by FUSE: {}",
        late.size(),
        of,
        patience,
        late);
  }

  /** Whether it is done, at the latest at {@code end} of {@link System#nanoTime}. */
  private static boolean await(CompletableFuture<?> pending, long end) {
    try {
      var _ = pending.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new AssertionError("it never completes exceptionally", e);
    }
    return false;
  }

  /** The directory that shows a layer, as {@link #settle} left it. */
  public Path directory(long number) {
    FacedLayer layer = layers.get(number);
    return layer == null ? directories.served().resolve(Long.toString(number)) : layer.directory();
  }

  /** How a layer is shown. */
  public FaceStatus status(long number) {
    FacedLayer layer = layers.get(number);
    return layer == null ? new FaceStatus(LayerFace.FUSE, obstacle) : layer.status();
  }

  /** A layer is gone: takes its mounts and its image away. */
  public void forget(long number) {
    CompletableFuture<@Nullable Void> pending = begun.remove(number);
    if (pending == null) {
      return;
    }
    if (!await(pending, System.nanoTime() + patience.toNanos())) {
      late(List.of(number), 1);
    }
    takeAway(number);
  }

  private void takeAway(long number) {
    FacedLayer layer = layers.remove(number);
    if (layer != null) {
      layer.forget();
    }
  }

  /** All layers of an earlier process are shown again: takes away what belongs to none of them. */
  public void cleanUp() {
    // Not before each has taken what is its own.
    CompletableFuture<?> taken =
        CompletableFuture.allOf(begun.values().toArray(CompletableFuture[]::new));
    var _ =
        ready.thenAcceptBothAsync(
            taken,
            (maker, _) -> {
              if (maker != null) {
                maker.cleanUp(Set.copyOf(begun.keySet()));
              }
            },
            threads);
  }

  /** Unmounts; images stay for the next start. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("mounting of layers by EROFS goes on after {}", patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    layers.values().forEach(FacedLayer::unmount);
    layers.clear();
    FaceMaker maker = ready.getNow(null);
    if (maker != null) {
      maker.earlierNames().dropAll();
      maker.earlierWhole().dropAll();
    }
  }
}
