package dev.sluice.mount;

import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerWatchers;
import dev.sluice.prefetch.ShownLayer;
import dev.sluice.soci.ztoc.SpanTable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer whose bytes can be read.
 *
 * @param spans of a layer whose bytes come on demand; null if it was pulled whole
 * @param watchers of its readers
 * @param note why it is not lazy, or what happened on the way; "" if nothing did
 * @param owned what is closed with it, besides the cache
 */
public record OpenLayer(
    LayerPlan plan,
    LayerTree tree,
    LayerCache bytes,
    @Nullable SpanTable spans,
    LayerWatchers watchers,
    String note,
    List<? extends AutoCloseable> owned)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenLayer.class);

  /** Whether its bytes come on demand. */
  public boolean lazy() {
    return spans != null;
  }

  /**
   * The layer as those see it who bring what will be read; null if it is not lazy.
   *
   * @param place of the layer in its image, 0 for the lowest
   */
  public @Nullable ShownLayer shown(int place) {
    return spans == null
        ? null
        : new ShownLayer(plan.layer().digest(), place, tree, bytes, spans, watchers);
  }

  /** Lets go of the layer; what was leased of it stays valid. */
  @Override
  public void close() {
    bytes.close();
    for (AutoCloseable each : owned) {
      try {
        each.close();
      } catch (Exception e) {
        LOG.warn("close layer {}: {}", plan.label(), e.toString());
      }
    }
  }
}
