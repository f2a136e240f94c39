package dev.sluice.profile;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The bytes of a kept profile: a line {@code sluice-profile 1 DIGEST}, then JSON of that digest.
 */
final class ProfileFile {
  static final int MOST_BYTES = 8 << 20;
  private static final String MAGIC = "sluice-profile 1 ";
  private static final long MOST_OFFSET = 1L << 50;
  private static final int MOST_PATH = 4096;

  private ProfileFile() {}

  static byte[] write(Profile profile) {
    Map<Digest, Integer> layers = new LinkedHashMap<>();
    profile.entries().forEach(entry -> layers.putIfAbsent(entry.layer(), layers.size()));
    JsonWriter w = new JsonWriter().beginObject();
    w.name("manifest").value(profile.manifest().toString());
    w.name("image").value(profile.image());
    w.name("recorded").value(profile.recorded().toString());
    w.name("runs").value(profile.runs());
    w.name("layers").values(layers.keySet().stream().map(Digest::toString).toList());
    w.name("entries").beginArray();
    for (ProfileEntry entry : profile.entries()) {
      w.beginObject();
      w.name("layer").value(layers.getOrDefault(entry.layer(), 0));
      w.name("path").value(entry.path());
      w.name("file").value(entry.file());
      w.name("from").value(entry.from());
      w.name("to").value(entry.to());
      w.name("history").value(entry.history());
      w.name("times").beginArray();
      entry.times().forEach(w::value);
      w.endArray().endObject();
    }
    byte[] json = w.endArray().endObject().toBytes();
    byte[] head = (MAGIC + Digest.sha256(json) + "\n").getBytes(StandardCharsets.US_ASCII);
    byte[] all = Arrays.copyOf(head, head.length + json.length);
    System.arraycopy(json, 0, all, head.length, json.length);
    return all;
  }

  /**
   * @param document names the file in errors
   * @throws SluiceException CORRUPT if it is not what {@link #write} wrote
   */
  static Profile read(String document, byte[] bytes) {
    int end = 0;
    while (end < bytes.length && end < 200 && bytes[end] != '\n') {
      end++;
    }
    String head = new String(bytes, 0, end, StandardCharsets.US_ASCII);
    byte[] json = Arrays.copyOfRange(bytes, Math.min(bytes.length, end + 1), bytes.length);
    if (!head.equals(MAGIC + Digest.sha256(json))) {
      throw new SluiceException(
          FailureKind.CORRUPT, "read %s: its first line does not fit the rest".formatted(document));
    }
    return parse(JsonObject.parse(document, json, MOST_BYTES));
  }

  private static Profile parse(JsonObject o) {
    List<Digest> layers = new ArrayList<>();
    for (String layer : o.strings("layers")) {
      layers.add(digest(o, "layers", layer));
    }
    List<ProfileEntry> entries = new ArrayList<>();
    for (JsonObject each : o.objects("entries")) {
      if (entries.size() == Profile.MOST_ENTRIES) {
        throw o.invalid("entries", "there are more than " + Profile.MOST_ENTRIES);
      }
      entries.add(entry(each, layers));
    }
    long runs = o.integer("runs");
    if (runs < 1) {
      throw o.invalid("runs", "is less than 1");
    }
    return new Profile(
        digest(o, "manifest", o.string("manifest")),
        o.string("image"),
        instant(o, "recorded"),
        (int) Math.min(runs, Integer.MAX_VALUE),
        List.copyOf(entries));
  }

  private static ProfileEntry entry(JsonObject o, List<Digest> layers) {
    long layer = o.integer("layer");
    if (layer < 0 || layer >= layers.size()) {
      throw o.invalid("layer", "there is no layer " + layer);
    }
    long file = o.integer("file");
    long from = o.integer("from");
    long to = o.integer("to");
    if (file < 0 || from < file || to <= from || to > MOST_OFFSET) {
      throw o.invalid("from", "[%d, %d) lies in no file at %d".formatted(from, to, file));
    }
    String path = o.string("path");
    List<Long> times = o.integers("times");
    if (path.length() > MOST_PATH
        || times.size() > ProfileEntry.RUNS
        || times.stream().anyMatch(time -> time < 0)) {
      throw o.invalid("path", "the entry is beyond all bounds");
    }
    int history = (int) (o.integer("history") & ProfileEntry.ALL_RUNS);
    return new ProfileEntry(
        layers.get((int) layer), path, file, from, to, history, List.copyOf(times));
  }

  private static Digest digest(JsonObject o, String name, String text) {
    if (!Digest.isDigest(text)) {
      throw o.invalid(name, "is no digest");
    }
    return Digest.parse(text);
  }

  private static Instant instant(JsonObject o, String name) {
    try {
      return Instant.parse(o.string(name));
    } catch (DateTimeException e) {
      throw o.invalid(name, "is no time");
    }
  }
}
