package dev.sluice.control;

import dev.sluice.cache.CacheStats;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The documents of {@link StatusWriter} as they arrive; members of later versions are ignored. */
final class StatusReader {
  /** A node with ten thousand layers needs a twentieth of it. */
  static final int MOST_BYTES = 64 << 20;

  private StatusReader() {}

  static JsonObject parse(String path, byte[] json) {
    return JsonObject.parse("the service's answer to " + path, json, MOST_BYTES);
  }

  static ServiceStatus service(JsonObject s) {
    return new ServiceStatus(
        s.string("version"),
        s.integer("pid"),
        instant(s, "started"),
        s.string("root"),
        s.stringOrNull("keeper"));
  }

  static List<ImageStatus> images(JsonObject document) {
    return document.objects("images").stream()
        .map(s ->
            new ImageStatus(
                s.string("reference"),
                s.string("manifest"),
                (int) s.integer("layers"),
                (int) s.integer("lazy_layers"),
                s.integer("compressed_bytes"),
                s.integer("bytes"),
                s.integer("cached_bytes"),
                s.integer("touched_bytes"),
                s.integer("reads"),
                s.integer("failures"),
                s.stringOrNull("fill"),
                s.bool("pinned"),
                s.bool("profile"),
                instant(s, "since")))
        .toList();
  }

  static List<LayerStatus> layers(JsonObject document) {
    return document.objects("layers").stream()
        .map(s ->
            new LayerStatus(
                s.integer("snapshot"),
                s.string("image"),
                s.string("digest"),
                s.bool("lazy"),
                s.integer("compressed_bytes"),
                s.integer("bytes"),
                s.integer("cached_bytes"),
                s.integer("touched_bytes"),
                s.integer("hinted_bytes"),
                s.stringOrNull("index"),
                s.integer("reads"),
                s.integer("failures"),
                s.stringOrNull("last_failure"),
                s.stringOrNull("fill"),
                s.stringOrNull("fill_failure"),
                s.stringOrNull("face"),
                s.stringOrNull("face_reason"),
                instant(s, "since")))
        .toList();
  }

  static List<MountStatus> mounts(JsonObject document) {
    return document.objects("mounts").stream()
        .map(s ->
            new MountStatus(
                s.integer("snapshot"),
                s.string("key"),
                s.bool("writable"),
                s.string("image"),
                (int) s.integer("layers"),
                (int) s.integer("lazy_layers"),
                instant(s, "since")))
        .toList();
  }

  static CacheStatus cache(JsonObject s) {
    JsonObject memory = part(s, "memory");
    JsonObject disk = part(s, "disk");
    return new CacheStatus(
        memory.integer("bound"),
        disk.integer("bound"),
        new CacheStats(
            memory.integer("hits"),
            disk.integer("hits"),
            s.integer("misses"),
            s.integer("joins"),
            s.integer("fetches"),
            s.integer("fetch_failures"),
            s.integer("origin_faults"),
            memory.integer("bytes"),
            memory.integer("outside_bytes"),
            memory.integer("evictions"),
            disk.integer("bytes"),
            disk.integer("evictions_for_bound"),
            disk.integer("evictions_for_reserve"),
            disk.integer("layers_evicted"),
            disk.integer("corrupt_chunks"),
            disk.integer("errors"),
            disk.integer("writes"),
            disk.integer("writes_dropped_queue"),
            disk.integer("writes_dropped_space"),
            disk.integer("writes_dropped_degraded"),
            disk.integer("writes_dropped_background"),
            disk.integer("evicted_read"),
            disk.integer("evicted_hinted"),
            disk.integer("evicted_filled"),
            disk.integer("pinned_bytes"),
            disk.bool("degraded")));
  }

  private static JsonObject part(JsonObject document, String name) {
    JsonObject part = document.object(name);
    if (part == null) {
      throw document.invalid(name, "is missing");
    }
    return part;
  }

  /**
   * The failure that the service answered with.
   *
   * @param action what begins the message, "" if the service's says it all
   */
  static SluiceException error(String action, String path, int status, byte[] body) {
    JsonObject error;
    try {
      error = parse(path, body).object("error");
    } catch (SluiceException e) {
      error = null;
    }
    if (error == null) {
      return new SluiceException(
          FailureKind.UNSUPPORTED,
          "ask the service for %s: it answered with status %d".formatted(path, status),
          "is something else listening at this address?",
          null);
    }
    return new SluiceException(
        kind(error.string("kind")),
        action + error.string("message"),
        error.stringOrNull("advice"),
        null);
  }

  private static FailureKind kind(@Nullable String label) {
    try {
      return FailureKind.valueOf(String.valueOf(label).toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      return FailureKind.INTERNAL;
    }
  }

  private static Instant instant(JsonObject object, String name) {
    try {
      return Instant.parse(object.string(name));
    } catch (DateTimeException e) {
      throw object.invalid(name, "is no time");
    }
  }
}
