package dev.sluice.daemon;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.FetchTimes;
import dev.sluice.cache.LayerCache;
import dev.sluice.control.Explainer;
import dev.sluice.control.Explanation;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.ImageTree;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.ReadWait;
import dev.sluice.node.LazyStatus;
import dev.sluice.node.NodeLayers;
import dev.sluice.snapshot.OverlaySnapshotter;
import dev.sluice.snapshot.Snapshot;
import dev.sluice.snapshot.SnapshotKind;
import dev.sluice.soci.ztoc.SpanTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Explains what the node's layers are doing. Looks at trees and records, never at the mount. */
final class NodeExplainer implements Explainer {
  private static final int MOST_SPANS = 64;

  /** Of an id that is not written in full. */
  private static final int SHORTEST_ID = 4;

  private final OverlaySnapshotter snapshots;
  private final NodeLayers layers;

  NodeExplainer(OverlaySnapshotter snapshots, NodeLayers layers) {
    this.snapshots = snapshots;
    this.layers = layers;
  }

  @Override
  public Explanation explain(String subject, String path) {
    Map<String, Snapshot> byName = new HashMap<>();
    snapshots.list(List.of()).forEach(each -> byName.put(each.name(), each));
    Snapshot top = find(subject, byName);
    List<Snapshot> chain = new ArrayList<>();
    if (top.kind() == SnapshotKind.COMMITTED) {
      chain.add(top);
    }
    for (@Nullable Snapshot at = below(top, byName); at != null; at = below(at, byName)) {
      chain.add(at);
    }
    Map<Long, LazyStatus> shown = layers.status();
    String image =
        chain.stream().map(Snapshot::image).filter(each -> !each.isEmpty()).findFirst().orElse("");
    return new Explanation(
        top.name(),
        image,
        chain.stream().map(each -> layer(each, shown.get(each.id()))).toList(),
        path.isEmpty() ? null : file(path, chain, shown));
  }

  private static @Nullable Snapshot below(Snapshot snapshot, Map<String, Snapshot> byName) {
    return byName.get(snapshot.parent());
  }

  private static Snapshot find(String subject, Map<String, Snapshot> byName) {
    Snapshot whole = byName.get(subject);
    if (whole != null) {
      return whole;
    }
    List<Snapshot> found =
        byName.values().stream().filter(each -> isCalled(each, subject)).toList();
    List<Snapshot> exact =
        found.stream().filter(each -> each.name().endsWith("/" + subject)).toList();
    List<Snapshot> meant = exact.isEmpty() ? found : exact;
    if (meant.size() > 1) {
      throw new SluiceException(
          FailureKind.INVALID,
          "explain '%s': %d snapshots are called so".formatted(subject, meant.size()),
          "give more of the container's id, or its whole key, such as " + meant.getFirst().name(),
          null);
    }
    if (meant.isEmpty()) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "explain '%s': no container or snapshot here is called so".formatted(subject),
          "ctr containers ls, nerdctl ps or crictl ps tell the ids; another snapshotter may have it",
          null);
    }
    return meant.getFirst();
  }

  private static boolean isCalled(Snapshot snapshot, String subject) {
    if (subject.startsWith("#")) {
      return subject.equals("#" + snapshot.id());
    }
    // containerd calls them <namespace>/<number>/<key>; the key is the container's id.
    String key = snapshot.name().substring(snapshot.name().lastIndexOf('/') + 1);
    return key.equals(subject) || (subject.length() >= SHORTEST_ID && key.startsWith(subject));
  }

  private static Explanation.Layer layer(Snapshot snapshot, @Nullable LazyStatus lazy) {
    if (lazy == null) {
      long bytes = snapshot.usage().bytes();
      return new Explanation.Layer(
          snapshot.id(),
          snapshot.layer(),
          snapshot.isLazy(),
          snapshot.isLazy() ? NodeReport.NOT_SHOWN : null,
          0,
          0,
          bytes,
          bytes,
          0,
          0,
          List.of(),
          List.of());
    }
    LayerCache bytes = lazy.mounted().bytes();
    int here = 0;
    for (int span = 0; span < bytes.map().count(); span++) {
      here += bytes.has(span) ? 1 : 0;
    }
    LayerTree tree = lazy.mounted().tree();
    return new Explanation.Layer(
        snapshot.id(),
        lazy.layer().digest().toString(),
        true,
        null,
        bytes.map().count(),
        here,
        lazy.bytes(),
        lazy.cachedBytes(),
        lazy.reads().reads(),
        lazy.reads().failures(),
        reads(tree, lazy.reads().slowest()),
        reads(tree, lazy.reads().lastFailures()));
  }

  private static List<Explanation.Read> reads(LayerTree tree, List<ReadWait> waits) {
    BitSet nodes = new BitSet();
    waits.stream().mapToInt(ReadWait::node).filter(tree::has).forEach(nodes::set);
    Map<Integer, String> paths = tree.paths(nodes);
    return waits.stream().map(wait -> read(tree, paths, wait)).toList();
  }

  private static Explanation.Read read(LayerTree tree, Map<Integer, String> paths, ReadWait wait) {
    FetchTimes times = wait.times();
    FetchTimes known = times == null ? new FetchTimes(0, 0, 0, 0) : times;
    return new Explanation.Read(
        wait.ended(),
        paths.getOrDefault(wait.node(), ""),
        tree.has(wait.node()) ? wait.offset() - tree.dataOffset(wait.node()) : wait.offset(),
        wait.length(),
        wait.waited().toNanos() / 1000,
        times != null,
        known.queue() / 1000,
        known.network() / 1000,
        known.verify() / 1000,
        known.inflate() / 1000,
        wait.failure());
  }

  private static Explanation.@Nullable File file(
      String path, List<Snapshot> chain, Map<Long, LazyStatus> shown) {
    List<Snapshot> lazy = chain.stream().filter(each -> shown.containsKey(each.id())).toList();
    List<LazyStatus> statuses = lazy.stream().map(each -> shown.get(each.id())).toList();
    ImageTree image = new ImageTree(statuses.stream().map(each -> each.mounted().tree()).toList());
    ImageTree.Found found = image.file(path);
    if (found == null) {
      return null;
    }
    return spans(found, lazy.get(found.layer()).id(), statuses.get(found.layer()));
  }

  private static Explanation.File spans(ImageTree.Found found, long snapshot, LazyStatus layer) {
    LayerTree tree = layer.mounted().tree();
    LayerCache bytes = layer.mounted().bytes();
    SpanTable table = layer.spans();
    ChunkMap map = bytes.map();
    long start = tree.dataOffset(found.node());
    long size = tree.size(found.node());
    Map<Explanation.Tier, Integer> tiers = new EnumMap<>(Explanation.Tier.class);
    List<Explanation.Span> spans = new ArrayList<>();
    int last = size == 0 ? -1 : map.indexOf(start + size - 1);
    for (int span = size == 0 ? 0 : map.indexOf(start); span <= last; span++) {
      Explanation.Tier tier =
          bytes.onDisk(span)
              ? Explanation.Tier.DISK
              : bytes.has(span) ? Explanation.Tier.MEMORY : Explanation.Tier.REGISTRY;
      tiers.merge(tier, 1, Integer::sum);
      if (spans.size() < MOST_SPANS) {
        spans.add(
            new Explanation.Span(
                table == null ? span : table.numberOf(span),
                Math.max(0, map.start(span) - start),
                Math.min(size, map.end(span) - start),
                table == null ? 0 : table.compressedStart(span),
                table == null ? 0 : table.compressedEnd(span),
                tier));
      }
    }
    return new Explanation.File(
        found.path(),
        snapshot,
        layer.layer().digest().toString(),
        size,
        tiers.getOrDefault(Explanation.Tier.MEMORY, 0),
        tiers.getOrDefault(Explanation.Tier.DISK, 0),
        tiers.getOrDefault(Explanation.Tier.REGISTRY, 0),
        List.copyOf(spans));
  }
}
