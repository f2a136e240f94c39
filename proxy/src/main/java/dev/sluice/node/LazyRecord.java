package dev.sluice.node;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.json.JsonObject;
import dev.sluice.json.JsonWriter;
import dev.sluice.mount.LayerPlan;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What is kept with a lazy snapshot, so that it can be shown again without asking anyone.
 *
 * @param image whose pull brought it
 * @param manifest of the image, null in records of earlier versions
 * @param layer with a ztoc
 * @param index the SOCI index that names the ztoc
 */
record LazyRecord(
    ImageReference image, @Nullable Digest manifest, LayerPlan layer, @Nullable Digest index) {
  private static final int VERSION = 1;
  private static final int MAX_BYTES = 64 << 10;

  String toJson() {
    Descriptor ztoc = ztoc();
    JsonWriter w = new JsonWriter();
    w.beginObject().name("version").value(VERSION);
    w.name("image").value(image.toString());
    w.optional("manifest", manifest == null ? null : manifest.toString());
    w.optional("index", index == null ? null : index.toString());
    w.name("layer");
    write(w, layer.layer());
    w.name("diffId").value(layer.diffId().toString());
    w.name("ztoc");
    write(w, ztoc);
    return w.endObject().toString();
  }

  Descriptor ztoc() {
    Descriptor ztoc = layer.ztoc();
    if (ztoc == null) {
      throw new IllegalStateException("a lazy layer has a ztoc");
    }
    return ztoc;
  }

  private static void write(JsonWriter w, Descriptor descriptor) {
    w.beginObject().name("mediaType").value(descriptor.mediaType());
    w.name("digest").value(descriptor.digest().toString());
    w.name("size").value(descriptor.size()).endObject();
  }

  /**
   * @throws SluiceException CORRUPT if it is no record, UNSUPPORTED if of a later version
   */
  static LazyRecord parse(long snapshot, String json) {
    String document = "record of lazy snapshot " + snapshot;
    JsonObject o = JsonObject.parse(document, json.getBytes(StandardCharsets.UTF_8), MAX_BYTES);
    if (o.integer("version") != VERSION) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "read the %s: it is of version %d, this Sluice knows %d"
              .formatted(document, o.integer("version"), VERSION),
          "start the Sluice that wrote it, or remove the snapshot",
          null);
    }
    try {
      return read(o);
    } catch (SluiceException e) {
      throw e.kind() != FailureKind.INVALID
          ? e
          : new SluiceException(
              FailureKind.CORRUPT, "read the %s: %s".formatted(document, e.getMessage()), e);
    }
  }

  private static LazyRecord read(JsonObject o) {
    String index = o.stringOrNull("index");
    String manifest = o.stringOrNull("manifest");
    return new LazyRecord(
        ImageReference.parse(o.string("image")),
        manifest == null ? null : Digest.parse(manifest),
        new LayerPlan(
            descriptor(o, "layer"), Digest.parse(o.string("diffId")), descriptor(o, "ztoc")),
        index == null ? null : Digest.parse(index));
  }

  private static Descriptor descriptor(JsonObject parent, String name) {
    JsonObject o = parent.object(name);
    if (o == null) {
      throw parent.invalid(name, "missing");
    }
    return Descriptor.of(
        o.string("mediaType"), Digest.parse(o.string("digest")), o.integer("size"));
  }
}
