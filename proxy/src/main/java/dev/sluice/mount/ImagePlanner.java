package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.SociIndexFinder;
import dev.sluice.soci.index.ZtocDescriptor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what an image is made of and which of its layers can be lazy. Blocks. */
final class ImagePlanner {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePlanner.class);

  private ImagePlanner() {}

  static ImagePlan plan(MountRequest request) {
    ImageStore store = request.store();
    PlatformImage image = choose(request);
    List<Descriptor> layers = image.manifest().layers();
    List<Digest> diffIds = image.config(store).diffIds();
    if (diffIds.size() != layers.size()) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read image %s: its manifest has %d layers, its configuration %d diff ids"
              .formatted(image.content().digest(), layers.size(), diffIds.size()));
    }
    Map<Digest, Descriptor> ztocs = new HashMap<>();
    String note = findIndex(request, image, ztocs);
    List<LayerPlan> plans = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Descriptor layer = layers.get(i);
      plans.add(new LayerPlan(layer, diffIds.get(i), ztocs.get(layer.digest())));
    }
    return new ImagePlan(image.content().descriptor(), note, plans);
  }

  private static PlatformImage choose(MountRequest request) {
    Content root = request.store().manifest("");
    Platform wanted = request.platform();
    if (wanted == null && !MediaTypes.isIndex(root.mediaType())) {
      return PlatformImage.all(request.store(), root).getFirst();
    }
    return PlatformImage.select(request.store(), root, wanted == null ? Platforms.host() : wanted);
  }

  /* An index that was asked for by digest must work. One that was looked for must not make an image
   * worse off than it would be without: then the layers are pulled whole, and it says why. */
  private static String findIndex(
      MountRequest request, PlatformImage image, Map<Digest, Descriptor> ztocs) {
    Optional<FoundIndex> found;
    try {
      found = SociIndexFinder.find(request.store(), image.content(), request.indexDigest());
    } catch (SluiceException e) {
      if (request.indexDigest() != null) {
        throw e;
      }
      LOG.warn("{}; the image is pulled whole", e.getMessage());
      return "no index: " + e.getMessage();
    }
    if (found.isEmpty()) {
      return "no SOCI index: every layer is pulled whole; sluice create makes one";
    }
    for (ZtocDescriptor ztoc : found.get().index().ztocs()) {
      ztocs.putIfAbsent(ztoc.layer(), ztoc.descriptor());
    }
    return "SOCI index %s (%s): %d of %d layers are lazy"
        .formatted(
            found.get().digest(),
            found.get().way().words(),
            image.manifest().layers().stream()
                .filter(layer -> ztocs.containsKey(layer.digest()))
                .count(),
            image.manifest().layers().size());
  }
}
