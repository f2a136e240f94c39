package dev.sluice.node;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.failure.SluiceException;
import dev.sluice.fill.FillLayer;
import dev.sluice.fill.FillSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of the node's layers which may be filled, and tells the cache which are in use or pinned.
 */
public final class LayerCare implements FillSource {
  private static final Logger LOG = LoggerFactory.getLogger(LayerCare.class);

  private final NodeLayers node;
  private final ChunkCache cache;
  private final Pins pins;
  private final Supplier<Set<Long>> running;

  /** What the cache was told last; by the filling thread. */
  private Set<LayerKey> told = Set.of();

  /** Why pins could not be kept, "" if they could; by the filling thread. */
  private String complaint = "";

  /**
   * @param running ids of the lazy snapshots that a container has
   */
  public LayerCare(NodeLayers node, ChunkCache cache, Pins pins, Supplier<Set<Long>> running) {
    this.node = node;
    this.cache = cache;
    this.pins = pins;
    this.running = running;
  }

  @Override
  public List<FillLayer> layers() {
    List<FillLayer> layers = node.fillable(running.get());
    Set<LayerKey> used = new HashSet<>();
    Map<String, Set<LayerKey>> images = new HashMap<>();
    for (FillLayer layer : layers) {
      if (layer.running()) {
        used.add(layer.key());
      }
      images.computeIfAbsent(layer.image(), _ -> new HashSet<>()).add(layer.key());
    }
    if (!used.equals(told)) {
      cache.running(used);
      told = used;
    }
    refreshPins(images);
    return layers;
  }

  private void refreshPins(Map<String, Set<LayerKey>> images) {
    try {
      pins.refresh(images);
      complaint = "";
    } catch (SluiceException e) {
      if (!complaint.equals(e.getMessage())) {
        complaint = String.valueOf(e.getMessage());
        LOG.warn("keep pins up to date: {}; tried again every second", complaint);
      }
    }
  }

  @Override
  public void wrong(FillLayer layer) {
    node.distrust(layer);
  }
}
