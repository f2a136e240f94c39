package dev.sluice.daemon;

import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.config.Configuration;
import dev.sluice.control.CacheStatus;
import dev.sluice.control.ImageStatus;
import dev.sluice.control.LayerStatus;
import dev.sluice.control.MountStatus;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.fill.BackgroundFill;
import dev.sluice.fill.FillState;
import dev.sluice.fill.FillStatus;
import dev.sluice.node.LazyStatus;
import dev.sluice.node.NodeLayers;
import dev.sluice.node.Pins;
import dev.sluice.oci.Digest;
import dev.sluice.profile.ImageRuns;
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
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the commands that ask the service are told. */
final class NodeReport implements NodeStatus {
  /** What is wrong with a lazy layer of which nothing is known. */
  static final String NOT_SHOWN =
      "it is not shown: the service has just started, or the log says why";

  private final Supplier<ServiceStatus> service;
  private final Configuration configuration;
  private final OverlaySnapshotter snapshots;
  private final NodeLayers layers;
  private final ChunkCache cache;
  private final BackgroundFill fill;
  private final Pins pins;
  private final ImageRuns runs;

  NodeReport(
      Supplier<ServiceStatus> service,
      Configuration configuration,
      OverlaySnapshotter snapshots,
      NodeLayers layers,
      ChunkCache cache,
      BackgroundFill fill,
      Pins pins,
      ImageRuns runs) {
    this.service = service;
    this.configuration = configuration;
    this.snapshots = snapshots;
    this.layers = layers;
    this.cache = cache;
    this.fill = fill;
    this.pins = pins;
    this.runs = runs;
  }

  @Override
  public ServiceStatus service() {
    return service.get();
  }

  @Override
  public List<LayerStatus> layers() {
    Map<Long, LazyStatus> lazy = layers.status();
    Map<LayerKey, FillStatus> fills = fill.status();
    return snapshots.list(List.of()).stream()
        .filter(snapshot -> snapshot.origin() != null)
        .sorted(Comparator.comparingLong(Snapshot::id))
        .map(snapshot -> layer(snapshot, lazy.get(snapshot.id()), fills))
        .toList();
  }

  private LayerStatus layer(
      Snapshot snapshot, @Nullable LazyStatus lazy, Map<LayerKey, FillStatus> fills) {
    if (lazy == null) {
      return new LayerStatus(
          snapshot.id(),
          snapshot.image(),
          snapshot.layer(),
          snapshot.isLazy(),
          0,
          snapshot.usage().bytes(),
          snapshot.usage().bytes(),
          0,
          0,
          null,
          0,
          0,
          snapshot.isLazy() ? NOT_SHOWN : null,
          null,
          null,
          null,
          null,
          snapshot.created());
    }
    FillStatus filled = fills.get(lazy.key());
    return new LayerStatus(
        snapshot.id(),
        snapshot.image(),
        snapshot.layer(),
        true,
        lazy.layer().size(),
        lazy.bytes(),
        lazy.cachedBytes(),
        lazy.touchedBytes(),
        runs.hintedBytes(snapshot.id()),
        lazy.index() == null ? null : lazy.index().toString(),
        lazy.reads().reads(),
        lazy.reads().failures(),
        lazy.reads().lastFailure(),
        filled == null ? null : filled.state().label(),
        filled == null ? null : filled.failure(),
        lazy.face().face().label(),
        lazy.face().reason(),
        snapshot.created());
  }

  @Override
  public List<ImageStatus> images() {
    Map<String, String> manifests = new HashMap<>();
    for (Snapshot snapshot : snapshots.list(List.of())) {
      manifests.putIfAbsent(snapshot.image(), snapshot.manifest());
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

  private ImageStatus image(String reference, String manifest, List<LayerStatus> layers) {
    List<LayerStatus> lazy = layers.stream().filter(LayerStatus::lazy).toList();
    return new ImageStatus(
        reference,
        manifest,
        layers.size(),
        lazy.size(),
        layers.stream().mapToLong(LayerStatus::compressedBytes).sum(),
        layers.stream().mapToLong(LayerStatus::bytes).sum(),
        lazy.stream().mapToLong(LayerStatus::cachedBytes).sum(),
        lazy.stream().mapToLong(LayerStatus::touchedBytes).sum(),
        lazy.stream().mapToLong(LayerStatus::reads).sum(),
        lazy.stream().mapToLong(LayerStatus::failures).sum(),
        fillOf(lazy),
        pins.isPinned(reference),
        Digest.isDigest(manifest) && runs.store().has(Digest.parse(manifest)),
        layers.stream().map(LayerStatus::since).min(Instant::compareTo).orElse(Instant.EPOCH));
  }

  /** What the image as a whole is doing: what its busiest layer does, COMPLETE if all are. */
  private static @Nullable String fillOf(List<LayerStatus> layers) {
    List<String> states =
        layers.stream().map(LayerStatus::fill).filter(Objects::nonNull).distinct().toList();
    for (FillState state : FillState.TELLING_FIRST) {
      if (states.contains(state.label())) {
        return state.label();
      }
    }
    return null;
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
      image = image.isEmpty() ? at.image() : image;
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
