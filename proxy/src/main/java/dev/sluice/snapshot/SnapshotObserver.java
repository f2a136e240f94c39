package dev.sluice.snapshot;

import java.time.Duration;

/** Told what the snapshotter does; must not block. */
public interface SnapshotObserver {
  SnapshotObserver NONE = new SnapshotObserver() {};

  /** How a layer that containerd offered was dealt with. */
  enum Outcome {
    LAZY,
    UNPACKED,
    LEFT,
    /** {@link LayerSource#bring} threw; the layer is left. */
    FAILED
  }

  /**
   * A call was answered.
   *
   * @param operation the method's name, e.g. "Prepare"
   * @param status of gRPC, e.g. "OK" or "NOT_FOUND"
   */
  default void called(String operation, String status, Duration took) {}

  default void brought(Outcome outcome, Duration took) {}

  /** An attempt to show lazy snapshots again ended. */
  default void restored(int shown, int failed) {}
}
