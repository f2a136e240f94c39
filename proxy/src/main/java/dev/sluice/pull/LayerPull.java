package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.concurrent.CompletableFuture;

/** One layer of an image on its way from the registry to a directory. */
final class LayerPull {
  /** How far it is. */
  enum State {
    /** → UNPACKING when there is a place for it, → DROPPED. */
    WAITING,
    /** → UNPACKED, → FAILED, → DROPPED. */
    UNPACKING,
    /** Verified. → CLAIMED, → DROPPED. */
    UNPACKED,
    CLAIMED,
    FAILED,
    DROPPED
  }

  /** So long a failure is an answer to who asks. */
  private static final long FAILURE_HOLDS_NANOS = 10_000_000_000L;

  private final ImagePull image;
  private final PullLayer layer;
  private final BlobDownload download;
  private final CompletableFuture<UnpackedTree> tree = new CompletableFuture<>();

  // Guarded by this.
  private State state = State.WAITING;
  private long failedNanos;

  /** Ranges that it has because they are always allowed to it. Only the schedule's. */
  int guaranteedRanges;

  /** Range requests under way. Only the schedule's. */
  int requests;

  LayerPull(ImagePull image, PullLayer layer, Schedule schedule) {
    this.image = image;
    this.layer = layer;
    download =
        new BlobDownload(
            image.blob(layer.blob()),
            layer.blob().size(),
            image::fetched,
            range -> schedule.consumed(this, range));
  }

  ImagePull image() {
    return image;
  }

  boolean isOfSameImage(LayerPull other) {
    return image.equals(other.image);
  }

  PullLayer layer() {
    return layer;
  }

  BlobDownload download() {
    return download;
  }

  /** Ends when the layer is unpacked and verified, or has failed. */
  CompletableFuture<UnpackedTree> tree() {
    return tree;
  }

  synchronized State state() {
    return state;
  }

  /** Whether who wants the layer now has to start it anew. */
  synchronized boolean isSpent() {
    return switch (state) {
      case CLAIMED, DROPPED -> true;
      case FAILED -> System.nanoTime() - failedNanos > FAILURE_HOLDS_NANOS;
      case WAITING, UNPACKING, UNPACKED -> false;
    };
  }

  /** False if the layer is not wanted any more. */
  synchronized boolean begin() {
    if (state != State.WAITING) {
      return false;
    }
    state = State.UNPACKING;
    return true;
  }

  /** False if the layer is not wanted any more, and its files are to go. */
  boolean unpacked(UnpackedTree files) {
    synchronized (this) {
      if (state != State.UNPACKING) {
        return false;
      }
      state = State.UNPACKED;
    }
    tree.complete(files);
    return true;
  }

  void failed(SluiceException cause) {
    synchronized (this) {
      if (state != State.UNPACKING && state != State.WAITING) {
        return;
      }
      state = State.FAILED;
      failedNanos = System.nanoTime();
    }
    tree.completeExceptionally(cause);
  }

  /** Whether the caller may have its files, which nobody else gets then. */
  synchronized boolean claim() {
    if (state != State.UNPACKED) {
      return false;
    }
    state = State.CLAIMED;
    return true;
  }

  /**
   * It is not wanted any more.
   *
   * @return what it was before
   */
  State drop() {
    State before;
    synchronized (this) {
      before = state;
      if (before == State.CLAIMED || before == State.FAILED || before == State.DROPPED) {
        return before;
      }
      state = State.DROPPED;
    }
    SluiceException reason =
        new SluiceException(
            FailureKind.CANCELLED, "pull layer " + layer.blob().digest() + ": it was given up");
    download.cancel(reason);
    tree.completeExceptionally(reason);
    return before;
  }
}
