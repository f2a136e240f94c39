package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Puts prefetch artifacts beside an image: into a new index with the same ztocs, bound to the image
 * as the one before.
 */
public final class PrefetchPublisher {
  private final ImageStore store;

  public PrefetchPublisher(ImageStore store) {
    this.store = store;
  }

  /**
   * What was published.
   *
   * @param index digest of the new index
   * @param image digest of the manifest that names it; for a v1 index the same as before
   * @param isFirst whether a reader that takes the first index of the image takes this one
   */
  public record Published(Digest index, Digest image, boolean isFirst) {}

  /**
   * Publishes; artifacts that the index had before are replaced.
   *
   * @param found the index of the image
   * @param spans by the digest of the compressed layer
   * @param tag for the image index of a v2 image, whose bytes change; "" for the store's own
   * @throws SluiceException INVALID if none of the layers is in the index
   */
  public Published publish(
      PlatformImage image, FoundIndex found, Map<Digest, PrefetchSpans> spans, String tag) {
    List<Descriptor> layers = new ArrayList<>(ztocs(found.index()));
    int before = layers.size();
    for (Descriptor layer : image.manifest().layers()) {
      PrefetchSpans of = spans.get(layer.digest());
      boolean twice = layers.stream().skip(before).anyMatch(d -> names(d, layer.digest()));
      if (of != null && found.index().ztocOf(layer.digest()).isPresent() && !twice) {
        layers.add(store(layer, of));
      }
    }
    if (layers.size() == before) {
      throw new SluiceException(
          FailureKind.INVALID,
          "publish prefetch artifacts for %s: none of the layers is in index %s"
              .formatted(store, found.digest()));
    }
    TreeMap<String, String> annotations = new TreeMap<>(found.index().annotations());
    annotations.put(
        Annotations.PREFETCH_CREATED, Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    SociIndex was = found.index();
    SociIndex index =
        new SociIndex(was.version(), was.config(), layers, was.subject(), annotations);
    store.putBlob(index.config(), SociIndex.configBytes());
    Content content = index.content();
    store.putByDigest(content);
    return was.version() == SociIndex.Version.V1
        ? new Published(content.digest(), image.content().digest(), isFirst(image, content))
        : bind(image, found, content, tag);
  }

  private static List<Descriptor> ztocs(SociIndex index) {
    return index.layers().stream()
        .filter(layer -> !layer.mediaType().equals(MediaTypes.SOCI_PREFETCH))
        .toList();
  }

  private static boolean names(Descriptor descriptor, Digest layer) {
    return layer.toString().equals(descriptor.annotation(Annotations.LAYER_DIGEST));
  }

  private boolean isFirst(PlatformImage image, Content index) {
    List<Descriptor> all = store.referrers(image.content().digest(), MediaTypes.SOCI_INDEX_V1);
    return !all.isEmpty() && all.getFirst().digest().equals(index.digest());
  }

  /** Lets the image's manifest name the index, and the image index name both. */
  private Published bind(PlatformImage image, FoundIndex found, Content index, String tag) {
    Manifest old = image.manifest();
    Content root = store.manifest("");
    if (!MediaTypes.isIndex(root.mediaType())) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED,
          "publish prefetch artifacts for %s: its manifest names an index, but it is in no image"
                  .formatted(store)
              + " index",
          "convert the image anew: sluice convert",
          null);
    }
    TreeMap<String, String> annotations = new TreeMap<>(old.annotations());
    annotations.put(Annotations.INDEX_DIGEST, index.digest().toString());
    Content manifest =
        Content.of(
            MediaTypes.OCI_MANIFEST,
            OciJson.write(
                new Manifest(
                    MediaTypes.OCI_MANIFEST,
                    old.artifactType(),
                    old.config(),
                    old.layers(),
                    old.subject(),
                    annotations)));
    store.putByDigest(manifest);
    Index all = OciJson.index(root);
    List<Descriptor> entries = new ArrayList<>();
    for (Descriptor entry : all.manifests()) {
      if (entry.digest().equals(image.content().digest())) {
        entries.add(replaced(entry, manifest, Annotations.INDEX_DIGEST, index.digest()));
      } else if (entry.digest().equals(found.digest())) {
        entries.add(replaced(entry, index, Annotations.IMAGE_MANIFEST_DIGEST, manifest.digest()));
      } else {
        entries.add(entry);
      }
    }
    Content changed =
        Content.of(
            MediaTypes.OCI_INDEX,
            OciJson.write(
                new Index(
                    MediaTypes.OCI_INDEX,
                    all.artifactType(),
                    entries,
                    all.subject(),
                    all.annotations())));
    store.putManifest(tag, changed);
    return new Published(index.digest(), manifest.digest(), true);
  }

  private static Descriptor replaced(
      Descriptor entry, Content now, String annotation, Digest value) {
    TreeMap<String, String> annotations = new TreeMap<>(entry.annotations());
    annotations.put(annotation, value.toString());
    return new Descriptor(
        now.mediaType(),
        now.digest(),
        now.bytes().length,
        entry.urls(),
        annotations,
        null,
        entry.platform(),
        entry.artifactType());
  }

  private Descriptor store(Descriptor layer, PrefetchSpans spans) {
    byte[] bytes = spans.write();
    TreeMap<String, String> annotations = new TreeMap<>();
    annotations.put(Annotations.LAYER_DIGEST, layer.digest().toString());
    Descriptor descriptor =
        new Descriptor(
            MediaTypes.SOCI_PREFETCH,
            Digest.sha256(bytes),
            bytes.length,
            List.of(),
            annotations,
            null,
            null,
            null);
    store.putBlob(descriptor, bytes);
    return descriptor;
  }
}
