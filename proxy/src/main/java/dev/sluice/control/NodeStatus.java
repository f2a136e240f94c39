package dev.sluice.control;

import java.util.List;

/**
 * What a service says about itself. Used by many threads; may block for a moment (locks, files),
 * never for a registry.
 */
public interface NodeStatus {
  ServiceStatus service();

  /** Images of which a layer is here, most recently used first. */
  List<ImageStatus> images();

  /** Layers that are shown lazily or that Sluice unpacked. */
  List<LayerStatus> layers();

  /** Containers' snapshots that stand on lazy layers. */
  List<MountStatus> mounts();

  CacheStatus cache();
}
