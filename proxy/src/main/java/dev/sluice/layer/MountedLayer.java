package dev.sluice.layer;

import dev.sluice.cache.LayerCache;

/**
 * A layer that is shown by a {@link LayersFs}.
 *
 * @param label names the layer in messages, e.g. its brief digest
 * @param tree its names
 * @param bytes its decompressed tar
 */
public record MountedLayer(String label, LayerTree tree, LayerCache bytes) {}
