package dev.sluice.fuzz;

import dev.sluice.cache.CacheJournalFuzz;
import dev.sluice.config.ConfigurationFuzz;
import dev.sluice.credentials.PluginConfigFuzz;
import dev.sluice.cri.CriMessagesFuzz;
import dev.sluice.fuse.kernel.FuseRequestFuzz;
import dev.sluice.layer.LayerTreeFuzz;
import dev.sluice.node.LazyRecordFuzz;
import dev.sluice.oci.OciDocumentsFuzz;
import dev.sluice.prefetch.PrefetchManifestFuzz;
import dev.sluice.profile.ProfileFuzz;
import dev.sluice.registry.AnswerHeadersFuzz;
import dev.sluice.registry.AuthFileFuzz;
import dev.sluice.registry.hosts.HostsTomlFuzz;
import dev.sluice.snapshot.SnapshotCallsFuzz;
import dev.sluice.snapshot.SnapshotJournalFuzz;
import dev.sluice.snapshot.filter.FilterFuzz;
import dev.sluice.soci.deflate.GzipFuzz;
import dev.sluice.soci.index.PrefetchArtifactFuzz;
import dev.sluice.soci.index.SociIndexFuzz;
import dev.sluice.soci.ztoc.SpanFuzz;
import dev.sluice.soci.ztoc.TarFuzz;
import dev.sluice.soci.ztoc.ZtocFuzz;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/** All targets by name. */
final class FuzzTargets {
  private static final Map<String, Supplier<FuzzTarget>> ALL = new TreeMap<>();

  static {
    ALL.put("answer-headers", AnswerHeadersFuzz::new);
    ALL.put("auth-file", AuthFileFuzz::new);
    ALL.put("cache-journal", CacheJournalFuzz::new);
    ALL.put("config", ConfigurationFuzz::new);
    ALL.put("cri-messages", CriMessagesFuzz::new);
    ALL.put("filter", FilterFuzz::new);
    ALL.put("fuse-request", FuseRequestFuzz::new);
    ALL.put("gzip", GzipFuzz::new);
    ALL.put("hosts-toml", HostsTomlFuzz::new);
    ALL.put("layer-tree", LayerTreeFuzz::new);
    ALL.put("lazy-record", LazyRecordFuzz::new);
    ALL.put("oci-documents", OciDocumentsFuzz::new);
    ALL.put("plugin-config", PluginConfigFuzz::new);
    ALL.put("prefetch-artifact", PrefetchArtifactFuzz::new);
    ALL.put("prefetch-manifest", PrefetchManifestFuzz::new);
    ALL.put("profile", ProfileFuzz::new);
    ALL.put("snapshot-calls", SnapshotCallsFuzz::new);
    ALL.put("snapshot-journal", SnapshotJournalFuzz::new);
    ALL.put("soci-index", SociIndexFuzz::new);
    ALL.put("span", SpanFuzz::new);
    ALL.put("tar", TarFuzz::new);
    ALL.put("ztoc", ZtocFuzz::new);
  }

  private FuzzTargets() {}

  static Iterable<String> names() {
    return ALL.keySet();
  }

  static FuzzTarget named(String name) {
    Supplier<FuzzTarget> target = ALL.get(name);
    if (target == null) {
      throw new IllegalArgumentException("'%s' is none of %s".formatted(name, ALL.keySet()));
    }
    return target.get();
  }
}
