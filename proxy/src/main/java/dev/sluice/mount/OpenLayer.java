package dev.sluice.mount;

import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer whose bytes can be read.
 *
 * @param lazy whether its bytes come on demand; else it was pulled whole
 * @param note why it is not lazy, or what happened on the way; "" if nothing did
 * @param owned what is closed with it, besides the cache
 */
public record OpenLayer(
    LayerPlan plan,
    LayerTree tree,
    LayerCache bytes,
    boolean lazy,
    String note,
    List<? extends AutoCloseable> owned)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OpenLayer.class);

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
