package dev.sluice.control;

import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.util.List;

/** Answers to commands as JSON, both ways. */
public final class CommandWriter {
  private CommandWriter() {}

  public static String collected(List<CollectedLayer> layers) {
    JsonWriter w = new JsonWriter().beginObject().name("collected").beginArray();
    for (CollectedLayer layer : layers) {
      w.beginObject().name("layer").value(layer.layer());
      w.name("bytes").value(layer.bytes()).endObject();
    }
    return w.endArray().endObject().toString();
  }

  static List<CollectedLayer> collected(JsonObject document) {
    return document.objects("collected").stream()
        .map(each -> new CollectedLayer(each.string("layer"), each.integer("bytes")))
        .toList();
  }

  public static String image(ImageCache image) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("reference").value(image.reference());
    w.name("layers").value(image.layers());
    w.name("bytes").value(image.bytes());
    w.name("cached_bytes").value(image.cachedBytes());
    w.name("pinned").value(image.pinned());
    return w.endObject().toString();
  }

  public static String hints(HintedCache hints) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("reference").value(hints.reference());
    w.name("bytes").value(hints.bytes());
    w.name("missing_bytes").value(hints.missingBytes());
    w.name("ended").value(hints.ended());
    return w.endObject().toString();
  }

  static HintedCache hints(JsonObject s) {
    return new HintedCache(
        s.string("reference"), s.integer("bytes"), s.integer("missing_bytes"), s.bool("ended"));
  }

  public static String run(RunStatus run) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("reference").value(run.reference());
    w.name("manifest").value(run.manifest());
    w.name("state").value(run.state());
    w.name("entries").value(run.entries());
    return w.endObject().toString();
  }

  static RunStatus run(JsonObject s) {
    return new RunStatus(
        s.string("reference"), s.string("manifest"), s.string("state"), s.integer("entries"));
  }

  static ImageCache image(JsonObject s) {
    return new ImageCache(
        s.string("reference"),
        (int) s.integer("layers"),
        s.integer("bytes"),
        s.integer("cached_bytes"),
        s.bool("pinned"));
  }
}
