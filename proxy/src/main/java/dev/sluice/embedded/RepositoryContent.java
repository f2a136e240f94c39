package dev.sluice.embedded;

import dev.sluice.oci.Content;
import dev.sluice.oci.Digest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Manifests, tags and linked blobs of one repository. */
final class RepositoryContent {
  final Map<Digest, Content> manifests = new LinkedHashMap<>();
  final TreeMap<String, Digest> tags = new TreeMap<>();
  final Set<Digest> blobs = new HashSet<>();
  private final Map<Digest, Map<Digest, JsonObject>> referrers = new HashMap<>();

  @Nullable Content manifest(String reference) {
    if (Digest.isDigest(reference)) {
      return manifests.get(Digest.parse(reference));
    }
    Digest tagged = tags.get(reference);
    return tagged == null ? null : manifests.get(tagged);
  }

  /** The first blob or manifest that the document names and the repository lacks. */
  @Nullable String missing(JsonObject document) {
    for (Object child : document.getJsonArray("manifests", new JsonArray())) {
      String digest = ((JsonObject) child).getString("digest");
      if (!manifests.containsKey(Digest.parse(digest))) {
        return digest;
      }
    }
    JsonArray needed = document.getJsonArray("layers", new JsonArray()).copy();
    JsonObject config = document.getJsonObject("config");
    if (config != null) {
      needed.add(config);
    }
    for (Object blob : needed) {
      String digest = ((JsonObject) blob).getString("digest");
      if (!blobs.contains(Digest.parse(digest))) {
        return digest;
      }
    }
    return null;
  }

  void put(@Nullable String tag, Content content, JsonObject document) {
    manifests.put(content.digest(), content);
    if (tag != null) {
      tags.put(tag, content.digest());
    }
    Digest subject = subject(document);
    if (subject != null) {
      referrers
          .computeIfAbsent(subject, _ -> new LinkedHashMap<>())
          .put(content.digest(), referrer(content, document));
    }
  }

  boolean delete(String reference) {
    if (!Digest.isDigest(reference)) {
      return tags.remove(reference) != null;
    }
    Digest digest = Digest.parse(reference);
    tags.values().remove(digest);
    referrers.values().forEach(of -> of.remove(digest));
    return manifests.remove(digest) != null;
  }

  Map<Digest, JsonObject> referrers(Digest subject) {
    return referrers.getOrDefault(subject, Map.of());
  }

  static @Nullable Digest subject(JsonObject document) {
    JsonObject subject = document.getJsonObject("subject");
    return subject == null ? null : Digest.parse(subject.getString("digest"));
  }

  private static JsonObject referrer(Content content, JsonObject document) {
    String type = document.getString("artifactType", "");
    JsonObject config = document.getJsonObject("config");
    if (type.isEmpty() && config != null) {
      type = config.getString("mediaType", "");
    }
    JsonObject descriptor =
        new JsonObject()
            .put("mediaType", content.mediaType())
            .put("digest", content.digest().toString())
            .put("size", content.bytes().length);
    JsonObject annotations = document.getJsonObject("annotations");
    if (annotations != null) {
      descriptor.put("annotations", annotations);
    }
    return type.isEmpty() ? descriptor : descriptor.put("artifactType", type);
  }
}
