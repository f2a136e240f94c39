package dev.sluice.pull;

import dev.sluice.failure.FailureKind;

/** Learns how pulls get on. Called by many threads; must not block. */
public interface PullListener {
  PullListener NONE = new PullListener() {};

  /** Compressed bytes have come. */
  default void fetched(long bytes) {}

  /** Bytes of tars have been unpacked. */
  default void unpacked(long bytes) {}

  /** A layer is unpacked and verified. */
  default void layerDone() {}

  default void layerFailed(FailureKind kind) {}
}
