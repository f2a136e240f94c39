package dev.sluice.oci;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The JSON form of the OCI documents: parsed with suspicion, written in the one canonical form that
 * Go's {@code encoding/json} gives the structs of image-spec (field order, omitted empty fields,
 * sorted annotations, escapes).
 */
public final class OciJson {
  /** Registries and clients of the field accept manifests of up to 4 MiB. */
  public static final int MAX_DOCUMENT_BYTES = 4 << 20;

  private OciJson() {}

  /**
   * @param document names the document in errors
   * @throws SluiceException CORRUPT if it is no manifest, UNSUPPORTED if of Docker's schema 1
   */
  public static Manifest manifest(String document, byte[] json) {
    JsonObject o = parse(document, json);
    if (o.has("manifests") || MediaTypes.isIndex(o.string("mediaType"))) {
      throw new SluiceException(
          FailureKind.CORRUPT, "parse " + document + ": expected a manifest, found an index");
    }
    JsonObject config = o.object("config");
    if (config == null) {
      throw o.invalid("config", "missing");
    }
    return new Manifest(
        o.stringOrNull("mediaType"),
        o.stringOrNull("artifactType"),
        descriptor(config),
        descriptors(o, "layers"),
        optionalDescriptor(o, "subject"),
        o.stringMap("annotations"));
  }

  public static Manifest manifest(Content content) {
    return manifest("manifest " + content.digest(), content.bytes());
  }

  /**
   * @param document names the document in errors
   * @throws SluiceException CORRUPT if it is no index
   */
  public static Index index(String document, byte[] json) {
    JsonObject o = parse(document, json);
    if (o.has("config") || o.has("layers") || MediaTypes.isManifest(o.string("mediaType"))) {
      throw new SluiceException(
          FailureKind.CORRUPT, "parse " + document + ": expected an index, found a manifest");
    }
    return new Index(
        o.stringOrNull("mediaType"),
        o.stringOrNull("artifactType"),
        descriptors(o, "manifests"),
        optionalDescriptor(o, "subject"),
        o.stringMap("annotations"));
  }

  public static Index index(Content content) {
    return index("index " + content.digest(), content.bytes());
  }

  /**
   * @param document names the document in errors
   */
  public static ImageConfig config(String document, byte[] json) {
    JsonObject o = JsonObject.parse(document, json, MAX_DOCUMENT_BYTES);
    var diffIds = new ArrayList<Digest>();
    JsonObject rootfs = o.object("rootfs");
    if (rootfs != null) {
      for (String diffId : rootfs.strings("diff_ids")) {
        diffIds.add(digest(rootfs, "diff_ids", diffId));
      }
    }
    return new ImageConfig(platform(o), List.copyOf(diffIds));
  }

  /**
   * The media type of a document that comes without one: its own {@code mediaType}, else by what it
   * holds. Layouts and some registries leave it out.
   */
  public static String mediaTypeOf(String document, byte[] json) {
    JsonObject o = parse(document, json);
    String own = o.string("mediaType");
    if (!own.isEmpty()) {
      return own;
    }
    return o.has("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
  }

  public static byte[] write(Manifest manifest) {
    var w = new JsonWriter();
    w.beginObject().name("schemaVersion").value(2);
    w.optional("mediaType", manifest.mediaType());
    w.optional("artifactType", manifest.artifactType());
    w.name("config");
    write(w, manifest.config());
    w.name("layers").beginArray();
    manifest.layers().forEach(layer -> write(w, layer));
    w.endArray();
    writeSubject(w, manifest.subject());
    return w.optional("annotations", manifest.annotations()).endObject().toBytes();
  }

  public static byte[] write(Index index) {
    var w = new JsonWriter();
    w.beginObject().name("schemaVersion").value(2);
    w.optional("mediaType", index.mediaType());
    w.optional("artifactType", index.artifactType());
    w.name("manifests").beginArray();
    index.manifests().forEach(child -> write(w, child));
    w.endArray();
    writeSubject(w, index.subject());
    return w.optional("annotations", index.annotations()).endObject().toBytes();
  }

  private static JsonObject parse(String document, byte[] json) {
    JsonObject o = JsonObject.parse(document, json, MAX_DOCUMENT_BYTES);
    long schema = o.integer("schemaVersion");
    if (schema == 1 || o.has("fsLayers")) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "parse " + document + ": it is of Docker's schema 1",
          "push the image again with a client of this decade",
          null);
    }
    if (schema != 2 && schema != 0) {
      throw o.invalid("schemaVersion", "expected 2, found " + schema);
    }
    return o;
  }

  private static List<Descriptor> descriptors(JsonObject o, String name) {
    return o.objects(name).stream().map(OciJson::descriptor).toList();
  }

  private static @Nullable Descriptor optionalDescriptor(JsonObject o, String name) {
    JsonObject member = o.object(name);
    return member == null ? null : descriptor(member);
  }

  private static Descriptor descriptor(JsonObject o) {
    long size = o.integer("size");
    if (size < 0) {
      throw o.invalid("size", size + " is negative");
    }
    JsonObject platform = o.object("platform");
    return new Descriptor(
        o.string("mediaType"),
        digest(o, "digest", o.string("digest")),
        size,
        List.copyOf(o.strings("urls")),
        o.stringMap("annotations"),
        data(o),
        platform == null ? null : platform(platform),
        o.stringOrNull("artifactType"));
  }

  private static byte @Nullable [] data(JsonObject o) {
    String data = o.string("data");
    if (data.isEmpty()) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(data.replace("\r", "").replace("\n", ""));
    } catch (IllegalArgumentException e) {
      throw o.invalid("data", "no base64");
    }
  }

  private static Platform platform(JsonObject o) {
    return new Platform(
        o.string("architecture"),
        o.string("os"),
        o.stringOrNull("os.version"),
        List.copyOf(o.strings("os.features")),
        o.stringOrNull("variant"));
  }

  private static Digest digest(JsonObject o, String name, String text) {
    try {
      return Digest.parse(text);
    } catch (SluiceException e) {
      throw o.invalid(name, String.valueOf(e.getMessage()));
    }
  }

  private static void writeSubject(JsonWriter w, @Nullable Descriptor subject) {
    if (subject != null) {
      w.name("subject");
      write(w, subject);
    }
  }

  private static void write(JsonWriter w, Descriptor d) {
    w.beginObject().name("mediaType").value(d.mediaType());
    w.name("digest").value(d.digest().toString());
    w.name("size").value(d.size());
    w.optional("urls", d.urls()).optional("annotations", d.annotations());
    byte[] data = d.data();
    if (data != null && data.length > 0) {
      w.name("data").value(Base64.getEncoder().encodeToString(data));
    }
    Platform platform = d.platform();
    if (platform != null) {
      w.name("platform").beginObject();
      w.name("architecture").value(platform.architecture());
      w.name("os").value(platform.os());
      w.optional("os.version", platform.osVersion());
      w.optional("os.features", platform.osFeatures());
      w.optional("variant", platform.variant()).endObject();
    }
    w.optional("artifactType", d.artifactType()).endObject();
  }
}
