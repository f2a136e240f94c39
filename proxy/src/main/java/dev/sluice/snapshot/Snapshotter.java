package dev.sluice.snapshot;

import java.util.List;
import java.util.Map;

/**
 * containerd's snapshotter, as its overlayfs one behaves: the same answers and the same kinds of
 * failure. Blocks; used by many threads at once. Failures are {@link
 * dev.sluice.failure.SluiceException}s.
 */
public interface Snapshotter {
  /**
   * Makes an active snapshot. If the labels say which layer it is for, and that layer can be
   * brought, commits it instead and fails with ALREADY_EXISTS, which tells containerd that nothing
   * is left to do.
   *
   * @param parent name of a committed snapshot, "" for none
   */
  List<MountSpec> prepare(String key, String parent, Map<String, String> labels, Caller caller);

  /** Makes a snapshot that shows {@code parent} and is never committed. */
  List<MountSpec> view(String key, String parent, Map<String, String> labels);

  /** The mounts of an active snapshot or a view. */
  List<MountSpec> mounts(String key);

  /**
   * Makes a committed snapshot of an active one.
   *
   * @param parent "" for the one it has; may be given if it has none yet
   * @param labels replace those it has
   */
  void commit(String name, String key, String parent, Map<String, String> labels);

  void remove(String key);

  Snapshot stat(String key);

  /**
   * Changes labels.
   *
   * @param paths what to change: {@code labels} or {@code labels.<name>}; all labels if empty
   */
  Snapshot update(String name, Map<String, String> labels, List<String> paths);

  /** Those that match any of the filters, ordered by name; all if there is none. */
  List<Snapshot> list(List<String> filters);

  Usage usage(String key);

  /** Frees the disk space of removed snapshots; done when it returns. */
  void cleanup();
}
