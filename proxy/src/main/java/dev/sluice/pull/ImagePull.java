package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;

/** The pull of an image's layers. Used by many threads. */
public final class ImagePull implements AutoCloseable {
  private final LayerPuller puller;
  private final Digest manifest;
  private final LongAdder started = new LongAdder();
  private final LongAdder done = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder fetched = new LongAdder();
  private final LongAdder unpacked = new LongAdder();

  // Guarded by this.
  private final List<LayerPull> layers = new ArrayList<>();
  private final Set<PullLayer> known = new LinkedHashSet<>();
  private PullImage image;
  private boolean closed;
  private int claims;

  private volatile long touchedNanos = System.nanoTime();

  /** Range requests under way. Only the schedule's. */
  int connections;

  ImagePull(LayerPuller puller, PullImage image) {
    this.puller = puller;
    this.image = image;
    this.manifest = image.manifest();
  }

  Digest manifest() {
    return manifest;
  }

  synchronized BlobSource blob(Descriptor layer) {
    return image.blobs().apply(layer);
  }

  /** Starts the layers that are not under way; false if this pull was given up. */
  boolean start(PullImage again) {
    List<PullLayer> wanted = again.layers();
    List<LayerPull> added = new ArrayList<>();
    synchronized (this) {
      if (closed) {
        return false;
      }
      touchedNanos = System.nanoTime();
      image = again;
      known.addAll(wanted);
      layers.removeIf(LayerPull::isSpent);
      for (PullLayer layer : wanted) {
        long times = wanted.stream().filter(layer::equals).count();
        long underWay = layers.stream().filter(pull -> pull.layer().equals(layer)).count();
        if (underWay < times) {
          added.add(add(layer));
        }
      }
    }
    puller.schedule().add(added);
    return true;
  }

  private LayerPull add(PullLayer layer) {
    LayerPull pull = new LayerPull(this, layer, puller.schedule());
    layers.add(pull);
    started.increment();
    bytes.add(layer.blob().size());
    return pull;
  }

  /**
   * Waits until the layer is unpacked and both its digests are verified, and moves its files to
   * {@code into}. A layer that is not under way, because it was claimed, dropped or failed, is
   * started anew.
   *
   * @param layer digest of the compressed layer, one that was started before
   * @param into an empty directory on the staging directory's file system; what it is itself, mode
   *     and owner, becomes what the layer says of its root
   * @param below the layers below; {@link Directories#NONE} for the lowest
   * @throws SluiceException naming the layer and the cause; then {@code into} is as it was, and
   *     nothing else is left
   */
  public void claim(Digest layer, Path into, Directories below) {
    synchronized (this) {
      claims++;
    }
    try {
      LayerPull pull;
      UnpackedTree tree;
      do {
        pull = find(layer);
        tree = await(pull);
        // Another claim may have been faster.
      } while (!pull.claim());
      puller.deliver(tree, into, below);
    } finally {
      boolean over;
      synchronized (this) {
        claims--;
        touchedNanos = System.nanoTime();
        layers.removeIf(LayerPull::isSpent);
        over = claims == 0 && layers.isEmpty();
      }
      if (over) {
        puller.forget(this);
      }
    }
  }

  private LayerPull find(Digest digest) {
    LayerPull added;
    synchronized (this) {
      for (LayerPull pull : layers) {
        if (pull.layer().blob().digest().equals(digest) && !pull.isSpent()) {
          return pull;
        }
      }
      PullLayer layer =
          known.stream()
              .filter(each -> each.blob().digest().equals(digest))
              .findFirst()
              .orElseThrow(() ->
                  new SluiceException(
                      FailureKind.NOT_FOUND,
                      "pull layer %s: it is none of the layers to pull of image %s"
                          .formatted(digest, manifest)));
      if (closed) {
        throw new SluiceException(
            FailureKind.CANCELLED, "pull layer " + digest + ": the image's pull was given up");
      }
      added = add(layer);
    }
    puller.remember(this);
    puller.schedule().add(List.of(added));
    return added;
  }

  private UnpackedTree await(LayerPull pull) {
    try {
      // Bounded: every request ends in bounded time, and so does every unpack.
      return pull.tree().get();
    } catch (ExecutionException | CancellationException e) {
      forget(pull);
      Throwable cause = SluiceException.unwrap(e);
      throw new SluiceException(
          SluiceException.kindOf(cause), SluiceException.describe(cause), cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "pull layer " + pull.layer().blob().digest() + ": interrupted", e);
    }
  }

  /** The next claim tries again. */
  private synchronized void forget(LayerPull pull) {
    layers.remove(pull);
  }

  void fetched(long count) {
    fetched.add(count);
    puller.listener().fetched(count);
  }

  void unpacked(long count) {
    unpacked.add(count);
    puller.listener().unpacked(count);
  }

  void layerDone() {
    done.increment();
    puller.listener().layerDone();
  }

  /** How far it is; layers that are pulled once more count once more. */
  public PullProgress progress() {
    return new PullProgress(started.sum(), done.sum(), bytes.sum(), fetched.sum(), unpacked.sum());
  }

  /** Whether nobody has started or claimed anything for so long. */
  synchronized boolean isIdle(long nanos) {
    return claims == 0 && System.nanoTime() - touchedNanos > nanos;
  }

  /** Gives up what is not claimed. Whoever joined this pull and waits gets CANCELLED. */
  @Override
  public void close() {
    List<LayerPull> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(layers);
      layers.clear();
    }
    puller.forget(this);
    left.forEach(puller::drop);
  }
}
