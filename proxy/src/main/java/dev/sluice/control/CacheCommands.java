package dev.sluice.control;

import java.util.List;

/**
 * What a service can be told to do with its cache. Used by many threads; may block on the disk.
 *
 * <p>Each method throws {@link dev.sluice.failure.SluiceException}: NOT_FOUND if no layer of the
 * image is on this node, INVALID if none of its layers is lazy, EXHAUSTED if the cache is too
 * small.
 */
public interface CacheCommands {
  /** Drops the layers that no snapshot uses and nobody has pinned. */
  List<CollectedLayer> collect();

  /** From now on the image's cached bytes are never evicted, also after restarts. */
  ImageCache pin(String reference);

  /** They may be evicted again. */
  ImageCache unpin(String reference);

  /** Begins to bring all bytes of the image that are not here. */
  ImageCache warm(String reference);

  /**
   * Begins to bring what hints name of the image and is not here. NOT_FOUND also if there are none.
   *
   * @param image its reference, or the digest of its manifest
   */
  HintedCache warmHints(String image);

  /** How far that is. */
  HintedCache hints(String image);
}
