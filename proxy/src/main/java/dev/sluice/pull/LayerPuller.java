package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pulls layers whole: all layers of an image at once, each in ranges, decompressed and unpacked as
 * the bytes arrive.
 */
public final class LayerPuller implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(LayerPuller.class);
  private static final long STOP_SECONDS = 30;

  private final PullOptions options;
  private final PullListener listener;
  private final Staging staging;
  private final ProcessIdentity identity = ProcessIdentity.current();
  private final ExecutorService threads;
  private final ScheduledExecutorService clock;
  private final Schedule schedule;

  // Guarded by this.
  private final Map<Digest, ImagePull> pulls = new HashMap<>();

  private LayerPuller(PullOptions options, Staging staging, PullListener listener) {
    this.options = options;
    this.listener = listener;
    this.staging = staging;
    AtomicLong numbers = new AtomicLong();
    threads =
        Executors.newCachedThreadPool(work -> {
          Thread thread = new Thread(work, "pull-" + numbers.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        });
    clock =
        Executors.newSingleThreadScheduledExecutor(work -> {
          Thread thread = new Thread(work, "pull-clock");
          thread.setDaemon(true);
          return thread;
        });
    schedule = new Schedule(options, staging, this::unpack);
    long period = Math.max(100, options.keep().toMillis() / 4);
    var _ = clock.scheduleWithFixedDelay(this::dropIdle, period, period, TimeUnit.MILLISECONDS);
  }

  /**
   * @param staging a directory of this puller alone, on the file system of the directories that
   *     layers are claimed into; made if absent, and emptied
   */
  public static LayerPuller open(PullOptions options, Path staging) {
    return open(options, staging, PullListener.NONE);
  }

  /** As {@link #open(PullOptions, Path)}, with one who watches. */
  public static LayerPuller open(PullOptions options, Path staging, PullListener listener) {
    try {
      return new LayerPuller(options, Staging.open(staging), listener);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "open the staging directory " + staging + ": " + e.getMessage(), e);
    }
  }

  /** Starts an image's layers, or joins the pull of that image that is under way. */
  public ImagePull start(PullImage image) {
    while (true) {
      ImagePull pull;
      synchronized (this) {
        pull = pulls.computeIfAbsent(image.manifest(), _ -> new ImagePull(this, image));
      }
      if (pull.start(image)) {
        return pull;
      }
      forget(pull);
    }
  }

  /** The most compressed bytes that were in memory at once. */
  long mostMemory() {
    return schedule.mostUsed();
  }

  Schedule schedule() {
    return schedule;
  }

  PullListener listener() {
    return listener;
  }

  private void unpack(LayerPull layer) {
    try {
      threads.execute(() -> unpackNow(layer));
    } catch (RejectedExecutionException e) {
      layer.failed(
          new SluiceException(
              FailureKind.CANCELLED,
              "pull layer " + layer.layer().blob().digest() + ": Sluice is stopping",
              e));
      schedule.remove(layer);
    }
  }

  private void unpackNow(LayerPull layer) {
    try {
      if (layer.begin()) {
        unpackTo(layer, staging.directory());
      }
    } catch (IOException | RuntimeException e) {
      failed(layer, e);
    } finally {
      layer.download().close();
      schedule.remove(layer);
    }
  }

  private void unpackTo(LayerPull layer, Path root) {
    boolean kept = false;
    try {
      UnpackedTree tree =
          new LayerUnpack(
                  layer.layer(), layer.download(), root, options, identity, layer.image()::unpacked)
              .run(threads);
      kept = layer.unpacked(tree);
      if (kept) {
        layer.image().layerDone();
      }
    } finally {
      if (!kept) {
        staging.remove(root);
      }
    }
  }

  private void failed(LayerPull layer, Exception cause) {
    SluiceException failure =
        new SluiceException(
            SluiceException.kindOf(cause),
            "pull layer "
                + layer.layer().blob().digest()
                + " whole: "
                + SluiceException.describe(cause),
            cause);
    layer.failed(failure);
    if (layer.state() == LayerPull.State.FAILED) {
      listener.layerFailed(failure.kind());
    }
  }

  /** Moves a layer's files to where they are wanted; they are gone if that fails. */
  void deliver(UnpackedTree tree, Path into, Directories below) {
    boolean moved = false;
    try {
      tree.moveTo(into, below, options.sync());
      moved = true;
    } finally {
      if (!moved) {
        staging.remove(tree.root());
      }
    }
  }

  /** Gives a layer up, whatever state it is in. */
  void drop(LayerPull layer) {
    LayerPull.State before = layer.drop();
    if (before == LayerPull.State.WAITING) {
      schedule.remove(layer);
      layer.download().close();
    } else if (before == LayerPull.State.UNPACKED) {
      staging.remove(layer.tree().resultNow().root());
    }
  }

  /** The pull has something to drop again. */
  synchronized void remember(ImagePull pull) {
    pulls.putIfAbsent(pull.manifest(), pull);
  }

  synchronized void forget(ImagePull pull) {
    pulls.remove(pull.manifest(), pull);
  }

  private void dropIdle() {
    List<ImagePull> idle;
    synchronized (this) {
      idle = pulls.values().stream().filter(pull -> pull.isIdle(options.keep().toNanos())).toList();
    }
    for (ImagePull pull : idle) {
      try {
        pull.close();
      } catch (RuntimeException e) {
        log.warn("give up the pull of {}: {}", pull.manifest(), SluiceException.describe(e));
      }
    }
  }

  /** Gives up all pulls, and waits until nothing writes any more. */
  @Override
  public void close() {
    clock.shutdownNow();
    List<ImagePull> left;
    synchronized (this) {
      left = List.copyOf(pulls.values());
    }
    left.forEach(ImagePull::close);
    threads.shutdown();
    try {
      if (!threads.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
