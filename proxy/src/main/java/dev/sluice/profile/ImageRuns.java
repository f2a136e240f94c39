package dev.sluice.profile;

import dev.sluice.cache.LayerCache;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.prefetch.Hint;
import dev.sluice.prefetch.HintCounters;
import dev.sluice.prefetch.HintedLayer;
import dev.sluice.prefetch.Manifests;
import dev.sluice.prefetch.Replay;
import dev.sluice.prefetch.ShownLayer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images whose lazy layers are shown: records what is read of them until their containers are
 * ready, and brings what will be read, by what was recorded before.
 */
public final class ImageRuns implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageRuns.class);
  private static final long LOOK_MILLIS = 250;
  private static final long ARTIFACTS_SECONDS = 5;

  private final RunOptions options;
  private final ProfileStore store;
  private final @Nullable Manifests manifests;
  private final HintCounters hints = new HintCounters();
  private final RunCounters counters = new RunCounters();
  private final Executor threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("sluice-runs").factory());

  /** Guarded by this. */
  private final Map<Digest, WatchedImage> images = new HashMap<>();

  /**
   * @param directory of the profiles; made if missing
   */
  public ImageRuns(Path directory, RunOptions options) {
    this.options = options;
    this.store = new ProfileStore(directory);
    Path files = options.manifests();
    this.manifests = files == null ? null : new Manifests(files);
  }

  /** A layer of an image is open and will be shown; what hints say of it is fetched at once. */
  public void expect(RunImage expected, ShownLayer layer) {
    WatchedImage image;
    synchronized (this) {
      image = image(expected);
      image.expect(layer);
    }
    findHints(image);
  }

  /**
   * A layer will be closed. Does nothing unless it was expected and has not been shown; must be
   * called before it is closed.
   */
  public void giveUp(LayerCache bytes) {
    List<WatchedImage> left = new ArrayList<>();
    synchronized (this) {
      for (WatchedImage image : List.copyOf(images.values())) {
        if (image.expects(bytes) && image.giveUp(bytes)) {
          images.remove(image.manifest());
          left.add(image);
        }
      }
    }
    left.forEach(this::end);
  }

  private void end(WatchedImage image) {
    image.run().replay().stop();
    finish(image, image.run());
  }

  /** Guarded by this. */
  private WatchedImage image(RunImage of) {
    return images.computeIfAbsent(of.manifest(), _ -> new WatchedImage(of, this::run));
  }

  /**
   * A lazy layer of an image can be read now; what hints say of it is fetched at once.
   *
   * @param key names the layer for {@link #hide}; a layer of several images has one key
   * @param now whether a container will start soon; else hints wait for {@link #used}
   */
  public void show(RunImage shown, long key, ShownLayer layer, boolean now) {
    WatchedImage image;
    synchronized (this) {
      image = image(shown);
      // Under this lock an image that is being let go of is either gone or stays.
      image.show(key, layer);
    }
    if (now) {
      findHints(image);
      if (image.isComplete()) {
        threads.execute(() -> findFiles(image));
      }
    }
  }

  /** A layer is no longer shown. Must be called before it is closed. */
  public void hide(long key) {
    List<WatchedImage> left = new ArrayList<>();
    synchronized (this) {
      for (WatchedImage image : List.copyOf(images.values())) {
        if (image.holds(key) && image.hide(key)) {
          images.remove(image.manifest());
          left.add(image);
        }
      }
    }
    left.forEach(this::end);
  }

  /** A container is about to use a layer and those below it. */
  public void used(long key) {
    List<WatchedImage> used;
    synchronized (this) {
      used = images.values().stream().filter(image -> image.isTop(key)).toList();
    }
    for (WatchedImage image : used) {
      findHints(image);
      threads.execute(() -> findFiles(image));
      if (options.record() || image.hasHints()) {
        var _ = image.restart(this::run);
      }
    }
  }

  /**
   * Records what an image reads from now on, or goes on with the recording that runs.
   *
   * @param image its reference, or the digest of its manifest
   * @param hold until {@link #end}, an hour at most; else until the container is ready
   * @throws SluiceException NOT_FOUND if no lazy layer of it is shown
   */
  public Recording record(String image, boolean hold) {
    WatchedImage watched = find(image);
    var _ = watched.restart(this::run);
    watched.run().ask(hold);
    return recording(watched);
  }

  /** As {@link #record} has it. */
  public Recording recording(String image) {
    return recording(find(image));
  }

  /** Ends the recording of an image, if one runs, and keeps it. */
  public Recording end(String image) {
    WatchedImage watched = find(image);
    ImageRun run = watched.run();
    if (run.state() == ImageRun.State.RUNNING) {
      finish(watched, run);
    }
    return recording(watched);
  }

  private static Recording recording(WatchedImage image) {
    ImageRun run = image.run();
    return new Recording(image.manifest(), image.reference(), run.state().name(), run.noted());
  }

  /**
   * Begins to bring what hints name of an image and is not here.
   *
   * @param image its reference, or the digest of its manifest
   * @throws SluiceException NOT_FOUND if no lazy layer of it is shown, or nothing is hinted;
   *     INVALID if hints are switched off
   */
  public HintedImage warm(String image) {
    WatchedImage watched = find(image);
    if (!options.prefetch()) {
      throw new SluiceException(
          FailureKind.INVALID,
          "bring what hints name of %s: hints are switched off".formatted(watched.reference()),
          "set prefetch.enable",
          null);
    }
    var _ = watched.restart(this::run);
    var _ = watched.wantsHints();
    findFiles(watched);
    loadHints(watched);
    try {
      watched.image().artifacts().get(ARTIFACTS_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("prefetch artifacts of {}: {}", watched.reference(), SluiceException.describe(e));
    }
    if (!watched.hasHints()) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "bring what hints name of %s: there are none".formatted(watched.reference()),
          "sluice profile record makes some; sluice cache warm without --hints brings all",
          null);
    }
    return hinted(watched);
  }

  /** How far that is. */
  public HintedImage hinted(String image) {
    return hinted(find(image));
  }

  private static HintedImage hinted(WatchedImage image) {
    ImageRun run = image.run();
    boolean ended = run.replay().isIdle();
    List<HintedLayer> layers = run.layers().stream().map(WatchedLayer::hints).toList();
    return new HintedImage(
        image.reference(),
        layers.stream().mapToLong(HintedLayer::plannedBytes).sum(),
        layers.stream().mapToLong(HintedLayer::missingBytes).sum(),
        ended);
  }

  /** Compressed bytes that hints name of a layer, of the image for which they are most. */
  public long hintedBytes(long key) {
    List<WatchedImage> holding;
    synchronized (this) {
      holding = images.values().stream().filter(image -> image.holds(key)).toList();
    }
    return holding.stream()
        .map(image -> image.run().layer(key))
        .filter(Objects::nonNull)
        .mapToLong(layer -> layer.hints().plannedBytes())
        .max()
        .orElse(0);
  }

  private WatchedImage find(String text) {
    List<WatchedImage> found;
    synchronized (this) {
      found = images.values().stream().filter(image -> image.isCalled(text)).toList();
    }
    if (found.isEmpty()) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "find image '%s': no lazy layer of such an image is on this node".formatted(text),
          "sluice ps lists the images; sluice layers says which layers are lazy",
          null);
    }
    return found.getFirst();
  }

  private ImageRun run(WatchedImage image, boolean first) {
    Replay replay = new Replay(image.reference(), options.mostBytes(), hints);
    return new ImageRun(first, replay, () -> watch(image));
  }

  private void findHints(WatchedImage image) {
    if (image.wantsHints()) {
      threads.execute(() -> loadHints(image));
    }
  }

  /* Paths mean files of the whole image, so they are looked up when its layers are shown. */
  private void findFiles(WatchedImage image) {
    if (!options.prefetch()) {
      return;
    }
    try {
      List<ShownLayer> layers = image.layers();
      image.hint(
          HintSource.LABEL,
          Manifests.hints("a label of " + image.reference(), image.image().wanted(), layers));
      if (manifests != null) {
        image.hint(
            HintSource.MANIFEST, manifests.hints(image.manifest(), image.reference(), layers));
      }
    } catch (RuntimeException e) {
      LOG.warn("prefetch for {}: {}", image.reference(), SluiceException.describe(e));
    }
  }

  private void loadHints(WatchedImage image) {
    if (options.prefetch() && options.artifacts()) {
      var _ =
          image.image().artifacts().thenAccept(hinted -> image.hint(HintSource.ARTIFACT, hinted));
    }
    try {
      Optional<Profile> profile = store.load(image.manifest());
      (profile.isPresent() ? counters.withProfile : counters.withoutProfile).increment();
      if (profile.isPresent() && options.prefetch()) {
        image.hint(
            HintSource.PROFILE,
            profile.get().likely().stream()
                .map(entry -> Hint.ofBytes(entry.layer(), entry.from(), entry.to()))
                .toList());
      }
    } catch (RuntimeException e) {
      LOG.warn("prefetch for {}: {}", image.reference(), SluiceException.describe(e));
    }
  }

  private void watch(WatchedImage image) {
    try {
      var _ = timer.schedule(() -> look(image, image.run()), LOOK_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("watch {}: Sluice is stopping", image.reference());
    }
  }

  private void look(WatchedImage image, ImageRun run) {
    if (run.isReady(options.quiet(), options.longest())) {
      threads.execute(() -> finish(image, run));
    } else if (run.state() == ImageRun.State.RUNNING) {
      watch(image);
    }
  }

  private void finish(WatchedImage image, ImageRun run) {
    boolean began = run.state() == ImageRun.State.RUNNING;
    if (!run.end() || !began) {
      return;
    }
    if (run.isWhole()) {
      run.judge(hints);
    }
    if (options.record() || run.isAsked()) {
      keep(image, run);
    }
  }

  private void keep(WatchedImage image, ImageRun run) {
    try {
      List<ProfileEntry> entries = run.entries();
      if (!entries.isEmpty()) {
        Profile kept =
            store.add(
                new Profile.Run(
                    image.manifest(), image.reference(), Instant.now(), run.isWhole(), entries));
        counters.recorded.increment();
        LOG.info(
            "{} read {} parts of files until it was quiet; {}",
            image.reference(),
            entries.size(),
            kept);
      }
    } catch (RuntimeException e) {
      counters.recordFailures.increment();
      LOG.warn("record what {} reads: {}", image.reference(), SluiceException.describe(e));
    }
  }

  public ProfileStore store() {
    return store;
  }

  public HintCounters hints() {
    return hints;
  }

  public RunCounters counters() {
    return counters;
  }

  public RunOptions options() {
    return options;
  }

  /** Ends all runs and keeps what they recorded. */
  @Override
  public void close() {
    timer.shutdownNow();
    List<WatchedImage> all;
    synchronized (this) {
      all = List.copyOf(images.values());
      images.clear();
    }
    all.forEach(this::end);
  }
}
