package dev.sluice.mount;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.FetchScheduler;
import dev.sluice.fetch.FetchStats;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.ReadLog;
import dev.sluice.prefetch.ShownLayer;
import dev.sluice.profile.ImageRuns;
import dev.sluice.profile.RunImage;
import dev.sluice.profile.RunOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;

/** What the mounts of one process share: cache, fetch memory, inflate threads, counts. */
public final class MountEngine implements AutoCloseable {
  private final StateDirectory state;
  private final FuseBridge bridge;
  private final ChunkCache cache;
  private final FetchLimits limits;
  private final FetchScheduler scheduler;
  private final InflateWorkers workers =
      new InflateWorkers(Math.max(2, Runtime.getRuntime().availableProcessors()));
  private final FetchStats fetches = new FetchStats();
  private final ReadLog reads = new ReadLog();
  private final LayerOpener opener;
  private final ImageRuns runs;

  /** Names a layer of a mount for {@link #runs}. */
  private final AtomicLong layerKeys = new AtomicLong();

  private MountEngine(
      StateDirectory state,
      FuseBridge bridge,
      ChunkCache cache,
      FetchLimits limits,
      RunOptions runs) {
    this.state = state;
    this.bridge = bridge;
    this.cache = cache;
    this.limits = limits;
    this.scheduler = new FetchScheduler(limits.bytes(), fetches);
    this.opener = new LayerOpener(state, cache, scheduler, workers);
    this.runs = new ImageRuns(state.profiles(), runs);
  }

  /**
   * Opens the cache in the state directory and removes what killed processes left mounted.
   *
   * @throws SluiceException LOCAL_IO if the cache can't be opened, e.g. as another process has it
   */
  public static MountEngine open(StateDirectory state, FuseBridge bridge, CacheOptions options) {
    return open(state, bridge, options, FetchLimits.DEFAULT);
  }

  /** Like {@link #open(StateDirectory, FuseBridge, CacheOptions)}, with other bounds. */
  public static MountEngine open(
      StateDirectory state, FuseBridge bridge, CacheOptions options, FetchLimits limits) {
    return open(state, bridge, options, limits, RunOptions.OFF);
  }

  /**
   * Like {@link #open(StateDirectory, FuseBridge, CacheOptions)}.
   *
   * @param runs what is recorded of images that run, and brought for them
   */
  public static MountEngine open(
      StateDirectory state,
      FuseBridge bridge,
      CacheOptions options,
      FetchLimits limits,
      RunOptions runs) {
    StaleMounts.sweep(state);
    try {
      return new MountEngine(state, bridge, ChunkCache.open(options), limits, runs);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "open the cache: " + e.getMessage(),
          "give another state directory with --root",
          e);
    }
  }

  /** Unmounts and removes what killed processes left; gives how many images that were. */
  public static int sweep(StateDirectory state) {
    return StaleMounts.sweep(state);
  }

  /** Mounts an image; returns when it can be used. Blocks. */
  public MountedImage mount(MountRequest request, MountReport report) {
    ImagePlan plan = ImagePlanner.plan(request);
    report.say(
        "image %s: %d layers, %s"
            .formatted(
                plan.manifest().digest(),
                plan.layers().size(),
                MountSummary.bytes(plan.compressedBytes())));
    report.say(plan.indexNote());
    List<Long> keys = plan.layers().stream().map(_ -> layerKeys.incrementAndGet()).toList();
    Runnable unwatch = () -> keys.forEach(runs::hide);
    List<OpenLayer> layers = openAll(request, plan, keys, report);
    try {
      LayersFs fs = newFs();
      Path target = request.target().toAbsolutePath().normalize();
      StateDirectory.make(target);
      ImageMount mount = ImageMount.mount(state, bridge, fs, layers, target, request.writable());
      return new MountedImage(plan, mount, layers, unwatch);
    } catch (RuntimeException e) {
      unwatch.run();
      MountedImage.closeAll(layers);
      throw e;
    }
  }

  private List<OpenLayer> openAll(
      MountRequest request, ImagePlan plan, List<Long> keys, MountReport report) {
    List<OpenLayer> open = new ArrayList<>();
    RunImage image =
        new RunImage(
            plan.manifest().digest(),
            request.store().toString(),
            (int) plan.layers().stream().filter(layer -> layer.ztoc() != null).count(),
            List.of(),
            plan.hints());
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<OpenLayer>> opening = new ArrayList<>();
      for (int i = 0; i < plan.layers().size(); i++) {
        LayerPlan layer = plan.layers().get(i);
        int place = i;
        opening.add(
            threads.submit(() -> {
              OpenLayer opened = opener.open(request.store(), request.blobs(), layer);
              ShownLayer shown = opened.shown(place);
              if (shown != null) {
                runs.show(image, keys.get(place), shown, true);
              }
              report.say(describe(opened));
              return opened;
            }));
      }
      SluiceException failure = null;
      for (Future<OpenLayer> each : opening) {
        try {
          open.add(each.get());
        } catch (ExecutionException e) {
          failure = asFailure(e);
        }
      }
      if (failure != null) {
        throw failure;
      }
      return open;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      keys.forEach(runs::hide);
      MountedImage.closeAll(open);
      throw new SluiceException(FailureKind.CANCELLED, "open layers: interrupted", e);
    } catch (RuntimeException e) {
      keys.forEach(runs::hide);
      MountedImage.closeAll(open);
      throw e;
    }
  }

  private static SluiceException asFailure(ExecutionException e) {
    Throwable cause = SluiceException.unwrap(e);
    return cause instanceof SluiceException known
        ? known
        : new SluiceException(
            SluiceException.kindOf(cause), "open layer: " + SluiceException.describe(cause), cause);
  }

  private static String describe(OpenLayer layer) {
    String size = MountSummary.bytes(layer.plan().layer().size());
    String what =
        layer.lazy()
            ? "lazy, %d spans".formatted(layer.bytes().map().count())
            : "pulled whole, as " + layer.note();
    return "layer %s %s: %s".formatted(layer.plan().label(), size, what);
  }

  /** An empty file system for layers, whose reads are counted here. */
  public LayersFs newFs() {
    return new LayersFs(limits.readDeadline(), reads);
  }

  public StateDirectory state() {
    return state;
  }

  public FuseBridge bridge() {
    return bridge;
  }

  public InflateWorkers workers() {
    return workers;
  }

  public LayerOpener opener() {
    return opener;
  }

  public ChunkCache cache() {
    return cache;
  }

  public FetchScheduler scheduler() {
    return scheduler;
  }

  public FetchStats fetches() {
    return fetches;
  }

  public ReadLog reads() {
    return reads;
  }

  /** The images that are shown, and their profiles. */
  public ImageRuns runs() {
    return runs;
  }

  @Override
  public void close() {
    runs.close();
    scheduler.close();
    workers.close();
    try {
      cache.close();
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "close the cache: " + e.getMessage(), e);
    }
  }
}
