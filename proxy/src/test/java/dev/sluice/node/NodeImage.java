package dev.sluice.node;

import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.image.SampleImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;

/** An image in an embedded registry, and whatever indexes a test wants it to have. */
final class NodeImage {
  static final String REPOSITORY = "team/app";
  private static final long SPAN = 64 << 10;

  private final EmbeddedRegistry registry;
  private final List<byte[]> blobs;
  private final List<Descriptor> layers;
  private final Content manifest;

  private NodeImage(
      EmbeddedRegistry registry, List<byte[]> blobs, List<Descriptor> layers, Content manifest) {
    this.registry = registry;
    this.blobs = blobs;
    this.layers = layers;
    this.manifest = manifest;
  }

  static NodeImage push(EmbeddedRegistry registry, List<byte[]> tars) {
    return push(registry, tars, tars.stream().map(Digest::sha256).toList(), null);
  }

  /**
   * @param named index that the manifest names; null if none
   */
  static NodeImage push(
      EmbeddedRegistry registry, List<byte[]> tars, List<Digest> diffIds, @Nullable Digest named) {
    List<byte[]> blobs = tars.stream().map(SampleImage::gzip).toList();
    List<Descriptor> layers =
        blobs.stream().map(blob -> put(registry, MediaTypes.OCI_LAYER_GZIP, blob)).toList();
    String ids = diffIds.stream().map(id -> "\"" + id + "\"").collect(Collectors.joining(","));
    String config =
        "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
            + ids
            + "]}}";
    Descriptor stored =
        put(registry, MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
    TreeMap<String, String> annotations = new TreeMap<>();
    if (named != null) {
      annotations.put("com.amazon.soci.index-digest", named.toString());
    }
    Content manifest =
        Content.of(
            MediaTypes.OCI_MANIFEST,
            OciJson.write(
                new Manifest(MediaTypes.OCI_MANIFEST, null, stored, layers, null, annotations)));
    NodeRig.await(registry.putManifest(REPOSITORY, "latest", manifest));
    return new NodeImage(registry, blobs, layers, manifest);
  }

  private static Descriptor put(EmbeddedRegistry registry, String type, byte[] bytes) {
    return NodeRig.await(registry.putBlob(REPOSITORY, type, bytes));
  }

  /** Another manifest of the same layers; what {@code sluice convert} made, say. */
  NodeImage under(Content otherManifest) {
    return new NodeImage(registry, blobs, layers, otherManifest);
  }

  Digest manifest() {
    return manifest.digest();
  }

  Digest layer(int place) {
    return layers.get(place).digest();
  }

  int size() {
    return layers.size();
  }

  long compressed(int place) {
    return blobs.get(place).length;
  }

  /** The right ztoc of a layer. */
  byte[] ztoc(int place) throws IOException {
    try (BuiltZtoc built =
        ZtocBuilder.build(
            new ByteArrayInputStream(blobs.get(place)),
            Compression.GZIP,
            BuildOptions.of("test").withSpanSize(SPAN))) {
      return ZtocWriter.write(built.ztoc());
    }
  }

  /** Publishes an index (v1) of the layers at these places, of all if none is named. */
  Digest index(int... places) throws IOException {
    TreeMap<Integer, byte[]> ztocs = new TreeMap<>();
    if (places.length == 0) {
      for (int place = 0; place < size(); place++) {
        ztocs.put(place, ztoc(place));
      }
    }
    for (int place : places) {
      ztocs.put(place, ztoc(place));
    }
    return index(ztocs);
  }

  /** Publishes an index (v1) of any ztocs, by the places of their layers. */
  Digest index(Map<Integer, byte[]> ztocs) {
    Descriptor config =
        put(registry, MediaTypes.SOCI_INDEX_V1, "{}".getBytes(StandardCharsets.UTF_8));
    List<Descriptor> described = new ArrayList<>();
    ztocs.forEach((place, bytes) -> {
      Descriptor stored = put(registry, MediaTypes.SOCI_ZTOC, bytes);
      TreeMap<String, String> annotations = new TreeMap<>();
      annotations.put("com.amazon.soci.image-layer-digest", layer(place).toString());
      described.add(
          new Descriptor(
              stored.mediaType(),
              stored.digest(),
              stored.size(),
              List.of(),
              annotations,
              null,
              null,
              null));
    });
    Content index =
        Content.of(
            MediaTypes.OCI_MANIFEST,
            OciJson.write(
                new Manifest(
                    MediaTypes.OCI_MANIFEST,
                    null,
                    config,
                    described,
                    manifest.descriptor(),
                    new TreeMap<>())));
    NodeRig.await(registry.putManifest(REPOSITORY, index.digest().toString(), index));
    return index.digest();
  }

  /** Writes a tar of files and directories with modes and owners. */
  static final class Tar {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

    Tar directory(String name, int mode, int owner) throws IOException {
      return add(name + "/", mode, owner, new byte[0]);
    }

    Tar file(String name, int mode, int owner, byte[] content) throws IOException {
      return add(name, mode, owner, content);
    }

    /** A link; a hard link's header says the same of mode and owner as its target's. */
    Tar link(String name, String target, byte type, int mode, int owner) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, type);
      entry.setMode(mode);
      entry.setIds(owner, owner + 1);
      entry.setLinkName(target);
      entry.setModTime(1_600_000_000_000L);
      tar.putArchiveEntry(entry);
      tar.closeArchiveEntry();
      return this;
    }

    private Tar add(String name, int mode, int owner, byte[] content) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name);
      entry.setMode(mode);
      entry.setIds(owner, owner + 1);
      entry.setSize(content.length);
      entry.setModTime(1_600_000_000_000L);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
      return this;
    }

    byte[] build() throws IOException {
      tar.close();
      return bytes.toByteArray();
    }
  }
}
