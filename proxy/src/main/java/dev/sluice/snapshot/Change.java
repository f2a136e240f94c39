package dev.sluice.snapshot;

import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import dev.sluice.snapshot.Snapshot.Origin;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One transaction as it is written.
 *
 * @param next the next snapshot's id afterwards
 * @param gone names that are removed first
 * @param put snapshots that are added or replaced then
 */
record Change(long next, List<String> gone, List<Snapshot> put) {
  private static final int MAX_BYTES = 64 << 20;

  byte[] toJson() {
    JsonWriter json = new JsonWriter().beginObject().name("next").value(next);
    json.name("gone").beginArray();
    gone.forEach(json::value);
    json.endArray().name("put").beginArray();
    put.forEach(snapshot -> write(json, snapshot));
    return json.endArray().endObject().toBytes();
  }

  private static void write(JsonWriter json, Snapshot snapshot) {
    json.beginObject().name("id").value(snapshot.id()).name("name").value(snapshot.name());
    json.name("parent").value(snapshot.parent()).name("kind").value(snapshot.kind().label());
    json.name("created").value(snapshot.created().toString());
    json.name("updated").value(snapshot.updated().toString());
    json.name("bytes").value(snapshot.usage().bytes());
    json.name("inodes").value(snapshot.usage().inodes());
    Origin origin = snapshot.origin();
    if (origin != null) {
      json.name("target").value(origin.target());
      if (origin.lazy() != null) {
        json.name("lazy").value(origin.lazy());
      }
    }
    json.name("labels").beginObject();
    snapshot.labels().forEach((name, value) -> json.name(name).value(value));
    json.endObject().endObject();
  }

  /**
   * @param line names it in errors
   * @throws SluiceException if it is not what {@link #toJson} writes
   */
  static Change parse(String line, byte[] json) {
    JsonObject object = JsonObject.parse(line, json, MAX_BYTES);
    List<Snapshot> put = object.objects("put").stream().map(Change::snapshot).toList();
    return new Change(object.integer("next"), object.strings("gone"), put);
  }

  private static Snapshot snapshot(JsonObject json) {
    try {
      return new Snapshot(
          json.integer("id"),
          json.string("name"),
          json.string("parent"),
          SnapshotKind.of(json.string("kind")),
          Map.copyOf(json.stringMap("labels")),
          Instant.parse(json.string("created")),
          Instant.parse(json.string("updated")),
          new Usage(json.integer("bytes"), json.integer("inodes")),
          origin(json));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw json.invalid("put", SluiceException.describe(e));
    }
  }

  private static @Nullable Origin origin(JsonObject json) {
    return json.has("target")
        ? new Origin(json.string("target"), json.has("lazy") ? json.string("lazy") : null)
        : null;
  }
}
