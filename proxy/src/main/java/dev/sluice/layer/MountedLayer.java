package dev.sluice.layer;

import dev.sluice.cache.LayerCache;

/**
 * A layer that is shown by a {@link LayersFs}.
 *
 * @param label names the layer in messages, e.g. its brief digest
 * @param tree its names
 * @param bytes its decompressed tar
 * @param readAhead what watches its readers
 * @param reads counts them
 * @param watchers hear of them
 */
public record MountedLayer(
    String label,
    LayerTree tree,
    LayerCache bytes,
    ReadAhead readAhead,
    LayerReads reads,
    LayerWatchers watchers) {
  public MountedLayer(String label, LayerTree tree, LayerCache bytes) {
    this(label, tree, bytes, new LayerWatchers());
  }

  /** A layer that is watched already. */
  public MountedLayer(String label, LayerTree tree, LayerCache bytes, LayerWatchers watchers) {
    this(label, tree, bytes, new ReadAhead(bytes), new LayerReads(), watchers);
  }
}
