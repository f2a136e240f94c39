package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileArtifacts;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.PrefetchSpans;
import dev.sluice.soci.index.SociIndexFinder;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes SOCI prefetch artifacts of a profile, by the ztocs that lie beside the image. */
final class SociArtifacts {
  private final ImageStore store;
  private final FoundIndex index;

  private SociArtifacts(ImageStore store, FoundIndex index) {
    this.store = store;
    this.index = index;
  }

  /**
   * @param action for the error if the image has no index
   */
  static SociArtifacts beside(String action, ImageStore store, PlatformImage image) {
    FoundIndex index =
        SociIndexFinder.find(store, image.content(), null)
            .orElseThrow(() ->
                new SluiceException(
                    FailureKind.NOT_FOUND,
                    action + " for " + store + ": it has no SOCI index",
                    "make one: sluice create " + store,
                    null));
    return new SociArtifacts(store, index);
  }

  FoundIndex index() {
    return index;
  }

  /** By the digest of the compressed layer; layers of which nothing is known are left out. */
  Map<Digest, PrefetchSpans> of(Profile profile) {
    List<Ztoc> open = new ArrayList<>();
    try {
      return ProfileArtifacts.of(profile, layer -> spans(layer, open));
    } finally {
      open.forEach(Ztoc::close);
    }
  }

  private @Nullable SpanTable spans(Digest layer, List<Ztoc> open) {
    Descriptor descriptor = index.index().ztocOf(layer).map(ztoc -> ztoc.descriptor()).orElse(null);
    if (descriptor == null) {
      return null;
    }
    byte[] bytes =
        store.smallBlob(
            descriptor, Math.clamp(Limits.DEFAULT.ztocBytes(), 0, Integer.MAX_VALUE - 8));
    Ztoc ztoc = ZtocReader.read(bytes, Limits.DEFAULT);
    open.add(ztoc);
    return ztoc.spans();
  }
}
