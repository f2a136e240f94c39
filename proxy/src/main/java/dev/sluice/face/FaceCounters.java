package dev.sluice.face;

import java.util.concurrent.atomic.LongAdder;

/** Counts of how layers were mounted. */
public final class FaceCounters {
  final LongAdder erofs = new LongAdder();
  final LongAdder disk = new LongAdder();
  final LongAdder adopted = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder images = new LongAdder();
  final LongAdder damagedImages = new LongAdder();

  /** EROFS mounts whose bytes come by FUSE. */
  public long erofs() {
    return erofs.sum();
  }

  /** EROFS mounts whose bytes come from the cache's file. */
  public long disk() {
    return disk.sum();
  }

  /** Mounts of an earlier process that were found alive and kept. */
  public long adopted() {
    return adopted.sum();
  }

  /** Layers that could not be mounted by EROFS, and are shown by FUSE. */
  public long failures() {
    return failures.sum();
  }

  /** Images of names that were written. */
  public long images() {
    return images.sum();
  }

  /** Images of names that were found damaged, and written anew. */
  public long damagedImages() {
    return damagedImages.sum();
  }
}
