package dev.sluice.mount;

import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;
import java.util.List;

/**
 * A layer whose bytes can be read.
 *
 * @param lazy whether its bytes come on demand; else it was pulled whole
 * @param note why it is not lazy, or what happened on the way; "" if nothing did
 * @param owned what is closed with it, besides the cache
 */
record OpenLayer(
    LayerPlan plan,
    LayerTree tree,
    LayerCache bytes,
    boolean lazy,
    String note,
    List<? extends AutoCloseable> owned) {}
