package dev.sluice.face;

import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;

/**
 * A layer that FUSE shows.
 *
 * @param label names it in messages
 */
public record ShownTree(String label, LayerTree tree, LayerCache bytes) {}
