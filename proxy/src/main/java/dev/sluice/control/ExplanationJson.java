package dev.sluice.control;

import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** An {@link Explanation} as JSON, both ways. */
public final class ExplanationJson {
  private ExplanationJson() {}

  public static String write(Explanation e) {
    JsonWriter w = new JsonWriter().beginObject();
    w.name("subject").value(e.subject());
    w.name("image").value(e.image());
    w.name("layers").beginArray();
    e.layers().forEach(layer -> write(w, layer));
    w.endArray();
    if (e.file() != null) {
      w.name("file");
      write(w, e.file());
    }
    return w.endObject().toString();
  }

  private static void write(JsonWriter w, Explanation.Layer s) {
    w.beginObject();
    w.name("snapshot").value(s.snapshot());
    w.name("digest").value(s.digest());
    w.name("lazy").value(s.lazy());
    w.optional("trouble", s.trouble());
    w.name("spans").value(s.spans());
    w.name("spans_here").value(s.spansHere());
    w.name("bytes").value(s.bytes());
    w.name("cached_bytes").value(s.cachedBytes());
    w.name("reads").value(s.reads());
    w.name("failures").value(s.failures());
    reads(w, "slowest", s.slowest());
    reads(w, "failed", s.failed());
    w.endObject();
  }

  private static void reads(JsonWriter w, String name, List<Explanation.Read> reads) {
    w.name(name).beginArray();
    for (Explanation.Read s : reads) {
      w.beginObject();
      w.name("ended").value(s.ended().toString());
      w.name("path").value(s.path());
      w.name("offset").value(s.offset());
      w.name("length").value(s.length());
      w.name("waited_us").value(s.waited());
      if (s.known()) {
        w.name("queue_us").value(s.queue());
        w.name("network_us").value(s.network());
        w.name("verify_us").value(s.verify());
        w.name("inflate_us").value(s.inflate());
      }
      w.optional("cause", s.cause());
      w.endObject();
    }
    w.endArray();
  }

  private static void write(JsonWriter w, Explanation.File s) {
    w.beginObject();
    w.name("path").value(s.path());
    w.name("snapshot").value(s.snapshot());
    w.name("digest").value(s.digest());
    w.name("size").value(s.size());
    w.name("spans_in_memory").value(s.inMemory());
    w.name("spans_on_disk").value(s.onDisk());
    w.name("spans_missing").value(s.missing());
    w.name("spans").beginArray();
    for (Explanation.Span span : s.spans()) {
      w.beginObject();
      w.name("number").value(span.number());
      w.name("from").value(span.from());
      w.name("to").value(span.to());
      w.name("compressed_from").value(span.compressedFrom());
      w.name("compressed_to").value(span.compressedTo());
      w.name("tier").value(span.tier().label());
      w.endObject();
    }
    w.endArray().endObject();
  }

  static Explanation read(JsonObject o) {
    JsonObject file = o.object("file");
    return new Explanation(
        o.string("subject"),
        o.string("image"),
        o.objects("layers").stream().map(ExplanationJson::layer).toList(),
        file == null ? null : file(file));
  }

  private static Explanation.Layer layer(JsonObject s) {
    return new Explanation.Layer(
        s.integer("snapshot"),
        s.string("digest"),
        s.bool("lazy"),
        s.stringOrNull("trouble"),
        (int) s.integer("spans"),
        (int) s.integer("spans_here"),
        s.integer("bytes"),
        s.integer("cached_bytes"),
        s.integer("reads"),
        s.integer("failures"),
        s.objects("slowest").stream().map(ExplanationJson::waited).toList(),
        s.objects("failed").stream().map(ExplanationJson::waited).toList());
  }

  private static Explanation.Read waited(JsonObject s) {
    boolean known = s.has("queue_us");
    return new Explanation.Read(
        instant(s),
        s.string("path"),
        s.integer("offset"),
        (int) s.integer("length"),
        s.integer("waited_us"),
        known,
        known ? s.integer("queue_us") : 0,
        known ? s.integer("network_us") : 0,
        known ? s.integer("verify_us") : 0,
        known ? s.integer("inflate_us") : 0,
        s.stringOrNull("cause"));
  }

  private static Explanation.File file(JsonObject s) {
    return new Explanation.File(
        s.string("path"),
        s.integer("snapshot"),
        s.string("digest"),
        s.integer("size"),
        (int) s.integer("spans_in_memory"),
        (int) s.integer("spans_on_disk"),
        (int) s.integer("spans_missing"),
        s.objects("spans").stream().map(ExplanationJson::span).toList());
  }

  private static Explanation.Span span(JsonObject s) {
    return new Explanation.Span(
        (int) s.integer("number"),
        s.integer("from"),
        s.integer("to"),
        s.integer("compressed_from"),
        s.integer("compressed_to"),
        tier(s));
  }

  private static Explanation.Tier tier(JsonObject s) {
    try {
      return Explanation.Tier.valueOf(s.string("tier").toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw s.invalid("tier", "is no tier");
    }
  }

  private static Instant instant(JsonObject s) {
    try {
      return Instant.parse(s.string("ended"));
    } catch (DateTimeException e) {
      throw s.invalid("ended", "is no time");
    }
  }
}
