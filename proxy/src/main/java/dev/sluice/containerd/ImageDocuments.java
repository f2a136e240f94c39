package dev.sluice.containerd;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import java.io.ByteArrayInputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Indexes, manifests and configurations: from containerd where it has them, and kept there. */
final class ImageDocuments implements ImageTree.Documents {
  private static final String REFERENCE = "containerd.io/gc.ref.content.";

  private final ContentStore content;
  private final ImageStore store;
  private final Repository source;

  ImageDocuments(ContentStore content, ImageStore store, Repository source) {
    this.content = content;
    this.store = store;
    this.source = source;
  }

  @Override
  public Content manifest(Descriptor descriptor) {
    Optional<byte[]> here = here(descriptor);
    if (here.isPresent()) {
      return new Content(descriptor.mediaType(), descriptor.digest(), here.get());
    }
    return store.manifest(descriptor.digest().toString());
  }

  @Override
  public byte[] config(Descriptor descriptor) {
    return here(descriptor)
        .orElseGet(() -> store.smallBlob(descriptor, OciJson.MAX_DOCUMENT_BYTES));
  }

  private Optional<byte[]> here(Descriptor descriptor) {
    try {
      return content.labels(descriptor.digest()).isPresent()
          ? Optional.of(content.read(descriptor, OciJson.MAX_DOCUMENT_BYTES))
          : Optional.empty();
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.NOT_FOUND || e.kind() == FailureKind.CORRUPT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Writes what containerd doesn't have yet, with the labels that keep what each refers to. */
  void keep(ImageTree tree) {
    put("config-", tree.manifest().config(), tree.configBytes(), Map.of());
    for (Content document : tree.path().reversed()) {
      boolean index = MediaTypes.isIndex(document.mediaType());
      put(
          index ? "index-" : "manifest-",
          document.descriptor(),
          document.bytes(),
          index ? children(document) : children(tree));
    }
  }

  /** The configuration keeps the snapshot, as it does after containerd's own pulls. */
  void keepSnapshot(ImageTree tree, String snapshotter, Digest chainId) {
    content.label(
        tree.manifest().config().digest(),
        Map.of("containerd.io/gc.ref.snapshot." + snapshotter, chainId.toString()));
  }

  private void put(String ref, Descriptor document, byte[] bytes, Map<String, String> children) {
    content.keep(
        ref + document.digest(),
        document,
        children,
        source,
        from -> new ByteArrayInputStream(bytes, (int) from, bytes.length - (int) from),
        _ -> {});
  }

  private static Map<String, String> children(Content index) {
    Map<String, String> labels = new HashMap<>();
    List<Descriptor> manifests = OciJson.index(index).manifests();
    for (int i = 0; i < manifests.size(); i++) {
      labels.put(REFERENCE + "m." + i, manifests.get(i).digest().toString());
    }
    return labels;
  }

  private static Map<String, String> children(ImageTree tree) {
    Map<String, String> labels = new HashMap<>();
    labels.put(REFERENCE + "config", tree.manifest().config().digest().toString());
    List<Descriptor> layers = tree.manifest().layers();
    for (int i = 0; i < layers.size(); i++) {
      labels.put(REFERENCE + "l." + i, layers.get(i).digest().toString());
    }
    return labels;
  }
}
