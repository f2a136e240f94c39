package dev.sluice.snapshot;

import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Where the files of image layers come from. Blocks; used by many threads at once. */
public interface LayerSource {
  /** Leaves every layer to containerd. */
  LayerSource NONE = new NoLayers();

  /** How a layer came. */
  sealed interface Brought {
    /**
     * Its files are shown at {@link LayerSource#shown}, their bytes come when they are read.
     *
     * @param record what {@link LayerSource#reopen} needs to show it again; kept with the snapshot
     */
    record Lazily(String record) implements Brought {}

    /** Its files lie in {@link NewSnapshot#files}, verified. */
    record Unpacked() implements Brought {}

    /**
     * Not at all: containerd is to fetch and unpack it.
     *
     * @param reason for people
     */
    record Left(String reason) implements Brought {}
  }

  /**
   * Brings a layer, lazily or whole. Never fails because of an image or a registry: then the layer
   * is {@link Brought.Left}, and nothing stays in {@link NewSnapshot#files}.
   */
  Brought bring(LayerRequest request, NewSnapshot snapshot);

  /**
   * Nobody waits any more for the {@link #bring} of a snapshot: it may end soon, the layer being
   * left. Called from another thread, also when bring has just ended.
   */
  void abandon(long snapshot);

  /**
   * The directory that shows a lazy snapshot's files, whether or not it is shown now. Another one
   * may show them better after {@link #settle}; what is in use stays as it is.
   */
  Path shown(long snapshot);

  /**
   * A container is about to use lazy snapshots, which {@link #check} has found shown: each gets the
   * best directory that there is in a time that is bounded for all together. Never fails.
   */
  void settle(long... snapshots);

  /**
   * The owner and mode of a lazy snapshot's top directory, which the snapshotter can't ask for by
   * its path: this process serves that path.
   *
   * @throws dev.sluice.failure.SluiceException UNAVAILABLE if it is not shown
   */
  RootAttributes rootAttributes(long snapshot);

  /** A lazy snapshot that was opened after a restart. It is to be shown. */
  interface Reopened {
    /**
     * Shows it; lets go of it if that can't be.
     *
     * @param ancestors those that are lazy have been shown
     * @throws dev.sluice.failure.SluiceException if that can't be; then {@link #check} fails until
     *     a later try succeeds
     */
    void show(List<Ancestor> ancestors);
  }

  /**
   * Says which lazy snapshots an earlier process has shown. Each of them will be shown again, said
   * to be {@link #missing}, or forgotten. Called once, before anything else.
   */
  void expect(Set<Long> snapshots);

  /** An expected snapshot can't be shown now; that is tried again when it is needed. */
  void missing(long snapshot, Throwable cause);

  /**
   * Opens a snapshot after a restart, without the registry; in any order.
   *
   * @throws dev.sluice.failure.SluiceException if that can't be
   */
  Reopened reopen(long snapshot, String record);

  /**
   * @throws dev.sluice.failure.SluiceException UNAVAILABLE if the files of a lazy snapshot are not
   *     shown
   */
  void check(long snapshot);

  /** A lazy snapshot is gone: stops showing it. */
  void forget(long snapshot);
}
