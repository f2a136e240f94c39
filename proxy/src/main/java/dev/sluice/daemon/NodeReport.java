package dev.sluice.daemon;

import dev.sluice.cache.ChunkCache;
import dev.sluice.config.Configuration;
import dev.sluice.control.CacheStatus;
import dev.sluice.control.ImageStatus;
import dev.sluice.control.LayerStatus;
import dev.sluice.control.MountStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.node.LazyStatus;
import dev.sluice.node.NodeLayers;
import dev.sluice.snapshot.OverlaySnapshotter;
import dev.sluice.snapshot.Snapshot;
import dev.sluice.snapshot.SnapshotKind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the commands that ask the service are told. */
final class NodeReport implements NodeStatus {
  private static final String IMAGE = "containerd.io/snapshot/cri.image-ref";
  private static final String MANIFEST = "containerd.io/snapshot/cri.manifest-digest";
  private static final String LAYER = "containerd.io/snapshot/cri.layer-digest";

  private final ServiceStatus service;
  private final Configuration configuration;
  private final OverlaySnapshotter snapshots;
  private final NodeLayers layers;
  private final ChunkCache cache;

  NodeReport(
      ServiceStatus service,
      Configuration configuration,
      OverlaySnapshotter snapshots,
      NodeLayers layers,
      ChunkCache cache) {
    this.service = service;
    this.configuration = configuration;
    this.snapshots = snapshots;
    this.layers = layers;
    this.cache = cache;
  }

  @Override
  public ServiceStatus service() {
    return service;
  }

  @Override
  public List<LayerStatus> layers() {
    Map<Long, LazyStatus> lazy = layers.status();
    return snapshots.list(List.of()).stream()
        .filter(snapshot -> snapshot.origin() != null)
        .sorted(Comparator.comparingLong(Snapshot::id))
        .map(snapshot -> layer(snapshot, lazy.get(snapshot.id())))
        .toList();
  }

  private static LayerStatus layer(
      Snapshot snapshot, @org.jspecify.annotations.Nullable LazyStatus lazy) {
    Map<String, String> labels = snapshot.labels();
    String image = labels.getOrDefault(IMAGE, "");
    String digest = labels.getOrDefault(LAYER, "");
    if (lazy == null) {
      String trouble = snapshot.isLazy() ? "it is not shown; the log says why" : null;
      return new LayerStatus(
          snapshot.id(),
          image,
          digest,
          snapshot.isLazy(),
          0,
          snapshot.usage().bytes(),
          snapshot.usage().bytes(),
          null,
          0,
          0,
          trouble,
          snapshot.created());
    }
    return new LayerStatus(
        snapshot.id(),
        image,
        digest,
        true,
        lazy.layer().size(),
        lazy.bytes(),
        lazy.cachedBytes(),
        lazy.index() == null ? null : lazy.index().toString(),
        lazy.reads().reads(),
        lazy.reads().failures(),
        lazy.reads().lastFailure(),
        snapshot.created());
  }

  @Override
  public List<ImageStatus> images() {
    Map<String, String> manifests = new HashMap<>();
    for (Snapshot snapshot : snapshots.list(List.of())) {
      manifests.putIfAbsent(
          snapshot.labels().getOrDefault(IMAGE, ""), snapshot.labels().getOrDefault(MANIFEST, ""));
    }
    Map<String, List<LayerStatus>> byImage = new LinkedHashMap<>();
    for (LayerStatus layer : layers()) {
      byImage.computeIfAbsent(layer.image(), _ -> new ArrayList<>()).add(layer);
    }
    return byImage.entrySet().stream()
        .map(each ->
            image(each.getKey(), manifests.getOrDefault(each.getKey(), ""), each.getValue()))
        .sorted(Comparator.comparing(ImageStatus::since).reversed())
        .toList();
  }

  private static ImageStatus image(String reference, String manifest, List<LayerStatus> layers) {
    List<LayerStatus> lazy = layers.stream().filter(LayerStatus::lazy).toList();
    return new ImageStatus(
        reference,
        manifest,
        layers.size(),
        lazy.size(),
        layers.stream().mapToLong(LayerStatus::compressedBytes).sum(),
        layers.stream().mapToLong(LayerStatus::bytes).sum(),
        lazy.stream().mapToLong(LayerStatus::cachedBytes).sum(),
        lazy.stream().mapToLong(LayerStatus::reads).sum(),
        lazy.stream().mapToLong(LayerStatus::failures).sum(),
        layers.stream().map(LayerStatus::since).min(Instant::compareTo).orElse(Instant.EPOCH));
  }

  @Override
  public List<MountStatus> mounts() {
    Map<String, Snapshot> byName = new HashMap<>();
    for (Snapshot snapshot : snapshots.list(List.of())) {
      byName.put(snapshot.name(), snapshot);
    }
    List<MountStatus> mounts = new ArrayList<>();
    for (Snapshot snapshot : byName.values()) {
      if (snapshot.kind() != SnapshotKind.COMMITTED) {
        MountStatus mount = mount(snapshot, byName);
        if (mount.lazyLayers() > 0) {
          mounts.add(mount);
        }
      }
    }
    mounts.sort(Comparator.comparingLong(MountStatus::snapshot));
    return mounts;
  }

  private static MountStatus mount(Snapshot snapshot, Map<String, Snapshot> byName) {
    String image = "";
    int below = 0;
    int lazy = 0;
    for (Snapshot at = byName.get(snapshot.parent()); at != null; at = byName.get(at.parent())) {
      below++;
      lazy += at.isLazy() ? 1 : 0;
      image = image.isEmpty() ? at.labels().getOrDefault(IMAGE, "") : image;
    }
    return new MountStatus(
        snapshot.id(),
        snapshot.name(),
        snapshot.kind() == SnapshotKind.ACTIVE,
        image,
        below,
        lazy,
        snapshot.created());
  }

  @Override
  public CacheStatus cache() {
    return new CacheStatus(
        configuration.cache().memory(), configuration.cache().disk(), cache.stats());
  }
}
