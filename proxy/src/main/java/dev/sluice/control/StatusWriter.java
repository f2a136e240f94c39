package dev.sluice.control;

import dev.sluice.cache.CacheStats;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.failure.FailureKind;
import dev.sluice.json.JsonWriter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The control API's documents as JSON; {@link StatusReader} is the other way. */
public final class StatusWriter {
  private StatusWriter() {}

  public static String service(ServiceStatus s) {
    JsonWriter w =
        new JsonWriter()
            .beginObject()
            .name("version")
            .value(s.version())
            .name("pid")
            .value(s.pid())
            .name("started")
            .value(s.started().toString())
            .name("root")
            .value(s.root());
    if (s.keeper() != null) {
      w.name("keeper").value(s.keeper());
    }
    return w.endObject().toString();
  }

  public static String images(List<ImageStatus> images) {
    JsonWriter w = new JsonWriter().beginObject().name("images").beginArray();
    for (ImageStatus s : images) {
      w.beginObject();
      w.name("reference").value(s.reference());
      w.name("manifest").value(s.manifest());
      w.name("layers").value(s.layers());
      w.name("lazy_layers").value(s.lazyLayers());
      w.name("compressed_bytes").value(s.compressedBytes());
      w.name("bytes").value(s.bytes());
      w.name("cached_bytes").value(s.cachedBytes());
      w.name("touched_bytes").value(s.touchedBytes());
      w.name("reads").value(s.reads());
      w.name("failures").value(s.failures());
      w.optional("fill", s.fill());
      w.name("pinned").value(s.pinned());
      w.name("profile").value(s.profile());
      w.name("since").value(s.since().toString());
      w.endObject();
    }
    return w.endArray().endObject().toString();
  }

  public static String layers(List<LayerStatus> layers) {
    JsonWriter w = new JsonWriter().beginObject().name("layers").beginArray();
    for (LayerStatus s : layers) {
      w.beginObject();
      w.name("snapshot").value(s.snapshot());
      w.name("image").value(s.image());
      w.name("digest").value(s.digest());
      w.name("lazy").value(s.lazy());
      w.name("compressed_bytes").value(s.compressedBytes());
      w.name("bytes").value(s.bytes());
      w.name("cached_bytes").value(s.cachedBytes());
      w.name("touched_bytes").value(s.touchedBytes());
      w.name("hinted_bytes").value(s.hintedBytes());
      w.optional("index", s.index());
      w.name("reads").value(s.reads());
      w.name("failures").value(s.failures());
      w.optional("last_failure", s.lastFailure());
      w.optional("fill", s.fill());
      w.optional("fill_failure", s.fillFailure());
      w.optional("face", s.face());
      w.optional("face_reason", s.faceReason());
      w.name("since").value(s.since().toString());
      w.endObject();
    }
    return w.endArray().endObject().toString();
  }

  public static String mounts(List<MountStatus> mounts) {
    JsonWriter w = new JsonWriter().beginObject().name("mounts").beginArray();
    for (MountStatus s : mounts) {
      w.beginObject();
      w.name("snapshot").value(s.snapshot());
      w.name("key").value(s.key());
      w.name("writable").value(s.writable());
      w.name("image").value(s.image());
      w.name("layers").value(s.layers());
      w.name("lazy_layers").value(s.lazyLayers());
      w.name("since").value(s.since().toString());
      w.endObject();
    }
    return w.endArray().endObject().toString();
  }

  public static String cache(CacheStatus s) {
    CacheStats c = s.stats();
    JsonWriter w = new JsonWriter().beginObject();
    w.name("hit_ratio").value(s.hitRatio(), 4);
    w.name("misses").value(c.misses());
    w.name("joins").value(c.joins());
    w.name("fetches").value(c.fetches());
    w.name("fetch_failures").value(c.fetchFailures());
    w.name("origin_faults").value(c.originFaults());
    w.name("memory").beginObject();
    w.name("bytes").value(c.memoryBytes());
    w.name("bound").value(s.memoryBound());
    w.name("outside_bytes").value(c.outsideBytes());
    w.name("hits").value(c.memoryHits());
    w.name("evictions").value(c.memoryEvictions());
    w.endObject();
    w.name("disk").beginObject();
    w.name("bytes").value(c.diskBytes());
    w.name("bound").value(s.diskBound());
    w.name("hits").value(c.diskHits());
    w.name("writes").value(c.diskWrites());
    w.name("evictions_for_bound").value(c.diskEvictionsForBound());
    w.name("evictions_for_reserve").value(c.diskEvictionsForReserve());
    w.name("layers_evicted").value(c.layersEvicted());
    w.name("corrupt_chunks").value(c.corruptChunks());
    w.name("errors").value(c.diskErrors());
    w.name("writes_dropped_queue").value(c.writesDroppedQueue());
    w.name("writes_dropped_space").value(c.writesDroppedSpace());
    w.name("writes_dropped_degraded").value(c.writesDroppedDegraded());
    w.name("writes_dropped_background").value(c.writesDroppedBackground());
    w.name("evicted_read").value(c.evictedRead());
    w.name("evicted_hinted").value(c.evictedHinted());
    w.name("evicted_filled").value(c.evictedFilled());
    w.name("pinned_bytes").value(c.pinnedBytes());
    w.name("degraded").value(c.diskDegraded());
    return w.endObject().endObject().toString();
  }

  public static String configuration(LoadedConfiguration configuration) {
    JsonWriter w = new JsonWriter().beginObject().name("settings").beginArray();
    for (LoadedConfiguration.Entry entry : configuration.entries()) {
      w.beginObject();
      w.name("key").value(entry.key());
      w.name("value").value(entry.value());
      w.name("origin").value(entry.origin());
      w.endObject();
    }
    w.endArray();
    w.name("document").value(configuration.dump());
    return w.endObject().toString();
  }

  static String error(FailureKind kind, String message, @Nullable String advice) {
    return new JsonWriter()
        .beginObject()
        .name("error")
        .beginObject()
        .name("kind")
        .value(kind.label())
        .name("message")
        .value(message)
        .optional("advice", advice)
        .endObject()
        .endObject()
        .toString();
  }
}
