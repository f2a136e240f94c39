package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The image index that lists the referrers of a manifest.
 *
 * @param document as it was read: what others wrote stays as it is
 * @param etag of the version that was read, or null
 */
record FallbackIndex(JsonObject document, List<Descriptor> manifests, @Nullable String etag) {
  static final FallbackIndex EMPTY =
      new FallbackIndex(
          new JsonObject()
              .put("schemaVersion", 2)
              .put("mediaType", MediaTypes.OCI_INDEX)
              .put("manifests", new JsonArray()),
          List.of(),
          null);

  static FallbackIndex of(Operation operation, ManifestPuller.Pulled pulled) {
    if (!pulled.content().mediaType().equals(MediaTypes.OCI_INDEX)) {
      throw operation.failure(
          FailureKind.UNSUPPORTED,
          "the tag for referrers names no image index but " + pulled.content().mediaType());
    }
    byte[] bytes = pulled.content().bytes();
    return new FallbackIndex(
        Buffer.buffer(bytes).toJsonObject(), parse(operation, bytes), pulled.etag());
  }

  static List<Descriptor> parse(Operation operation, byte[] bytes) {
    try {
      List<Descriptor> all = new ArrayList<>();
      JsonArray manifests = Buffer.buffer(bytes).toJsonObject().getJsonArray("manifests");
      for (Object one : manifests == null ? new JsonArray() : manifests) {
        all.add(descriptor((JsonObject) one));
      }
      return all;
    } catch (DecodeException | ClassCastException | NullPointerException e) {
      throw operation.failure(FailureKind.CORRUPT, "the list of referrers is malformed", null, e);
    }
  }

  private static Descriptor descriptor(JsonObject json) {
    TreeMap<String, String> annotations = new TreeMap<>();
    JsonObject given = json.getJsonObject("annotations");
    if (given != null) {
      given.forEach(entry -> annotations.put(entry.getKey(), (String) entry.getValue()));
    }
    return new Descriptor(
        json.getString("mediaType", ""),
        Digest.parse(json.getString("digest", "")),
        json.getLong("size", 0L),
        List.of(),
        annotations,
        null,
        null,
        json.getString("artifactType"));
  }

  boolean names(Digest digest) {
    return manifests.stream().anyMatch(one -> one.digest().equals(digest));
  }

  Content with(Descriptor referrer) {
    JsonObject entry =
        new JsonObject()
            .put("mediaType", referrer.mediaType())
            .put("digest", referrer.digest().toString())
            .put("size", referrer.size());
    if (!referrer.annotations().isEmpty()) {
      JsonObject annotations = new JsonObject();
      referrer.annotations().forEach(annotations::put);
      entry.put("annotations", annotations);
    }
    if (referrer.artifactType() != null) {
      entry.put("artifactType", referrer.artifactType());
    }
    JsonObject changed = document.copy();
    JsonArray all = changed.getJsonArray("manifests", new JsonArray());
    // In front: many readers take the first, and what was pushed last is what its user wants read.
    changed.put("manifests", new JsonArray().add(entry).addAll(all));
    return Content.of(MediaTypes.OCI_INDEX, changed.toBuffer().getBytes());
  }
}
