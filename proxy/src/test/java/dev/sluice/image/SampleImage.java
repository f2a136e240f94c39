package dev.sluice.image;

import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Makes small images in image stores. */
public final class SampleImage {
  private SampleImage() {}

  /** A tar of regular files, in the order of the map. */
  public static byte[] tar(Map<String, byte[]> files) {
    var out = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(out)) {
      for (var file : files.entrySet()) {
        var entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        entry.setModTime(1_700_000_000_000L);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  public static byte[] gzip(byte[] bytes) {
    var out = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  private static byte[] decompressed(byte[] layer) {
    if (layer.length < 2 || layer[0] != 0x1f || (layer[1] & 0xff) != 0x8b) {
      return layer;
    }
    try (var gzip = new GZIPInputStream(new ByteArrayInputStream(layer))) {
      return gzip.readAllBytes();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Bytes that hardly compress, the same for the same seed. */
  public static byte[] noise(int length, long seed) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  /** Stores a blob and returns its descriptor. */
  public static Descriptor blob(ImageStore store, String mediaType, byte[] bytes) {
    Descriptor blob = Descriptor.of(mediaType, Digest.sha256(bytes), bytes.length);
    store.putBlob(blob, bytes);
    return blob;
  }

  /** Stores the blobs of an image and returns its manifest, which is not stored. */
  public static Content manifest(
      ImageStore store, String platform, String layerType, byte[]... layers) {
    Platform p = Platforms.parse(platform);
    var diffIds = new ArrayList<String>();
    var descriptors = new ArrayList<Descriptor>();
    for (byte[] layer : layers) {
      descriptors.add(blob(store, layerType, layer));
      diffIds.add("\"" + Digest.sha256(decompressed(layer)) + "\"");
    }
    String variant = p.variant() == null ? "" : ",\"variant\":\"" + p.variant() + "\"";
    String config =
        "{\"architecture\":\"%s\",\"os\":\"%s\"%s,\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[%s]}}"
            .formatted(p.architecture(), p.os(), variant, String.join(",", diffIds));
    Descriptor stored = blob(store, MediaTypes.OCI_CONFIG, config.getBytes(StandardCharsets.UTF_8));
    return Content.of(
        MediaTypes.OCI_MANIFEST,
        OciJson.write(
            new Manifest(
                MediaTypes.OCI_MANIFEST, null, stored, descriptors, null, new TreeMap<>())));
  }

  /** Stores an image of gzip layers under the store's own tag. */
  public static Content image(ImageStore store, String platform, byte[]... layers) {
    Content manifest = manifest(store, platform, MediaTypes.OCI_LAYER_GZIP, layers);
    store.putManifest("", manifest);
    return manifest;
  }

  /** Stores an index of manifests, which are stored already, under the store's own tag. */
  public static Content index(ImageStore store, Descriptor... manifests) {
    Content index =
        Content.of(
            MediaTypes.OCI_INDEX,
            OciJson.write(
                new Index(MediaTypes.OCI_INDEX, null, List.of(manifests), null, new TreeMap<>())));
    store.putManifest("", index);
    return index;
  }

  /** An index entry for a manifest. */
  public static Descriptor entry(Content manifest, String platform, Map<String, String> notes) {
    return new Descriptor(
        manifest.mediaType(),
        manifest.digest(),
        manifest.bytes().length,
        List.of(),
        new TreeMap<>(notes),
        null,
        platform.isEmpty() ? null : Platforms.parse(platform),
        null);
  }
}
