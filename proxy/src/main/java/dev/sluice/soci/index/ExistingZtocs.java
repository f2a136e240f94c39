package dev.sluice.soci.index;

import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The ztocs of an image's earlier indexes that are as good as new ones. */
final class ExistingZtocs {
  private final Map<Digest, ZtocDescriptor> byLayer = new HashMap<>();

  /**
   * Looks at the index that the image names, and for a v1 index at those that refer to the image. A
   * v2 index binds its ztocs to the image for good, so it takes over nothing that just anyone may
   * have attached. An index that can't be read is as good as none: the ztocs are built anew.
   */
  static ExistingZtocs of(
      ImageStore store,
      PlatformImage image,
      SociIndex.Version version,
      IndexOptions options,
      BuildListener listener) {
    var existing = new ExistingZtocs();
    if (options.force()) {
      return existing;
    }
    String named = image.manifest().annotations().get(Annotations.INDEX_DIGEST);
    if (named != null && Digest.isDigest(named)) {
      existing.add(store, Digest.parse(named), options, listener);
    }
    if (version == SociIndex.Version.V2) {
      return existing;
    }
    try {
      for (Descriptor d : store.referrers(image.content().digest(), MediaTypes.SOCI_INDEX_V1)) {
        existing.add(store, d.digest(), options, listener);
      }
    } catch (SluiceException e) {
      listener.note("earlier indexes are not reused: " + e.getMessage());
    }
    return existing;
  }

  private void add(ImageStore store, Digest digest, IndexOptions options, BuildListener listener) {
    try {
      SociIndex index = SociIndex.parse(store.manifest(digest.toString()));
      if (!index.buildTool().equals(options.buildTool())) {
        return;
      }
      for (ZtocDescriptor ztoc : index.ztocs()) {
        if (ztoc.spanSize() == options.spanSize()) {
          byLayer.putIfAbsent(ztoc.layer(), ztoc);
        }
      }
    } catch (SluiceException e) {
      listener.note("index " + digest + " is not reused: " + e.getMessage());
    }
  }

  Optional<Descriptor> ztocOf(Digest layer) {
    return Optional.ofNullable(byLayer.get(layer)).map(ZtocDescriptor::descriptor);
  }
}
