package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what an image is made of and which of its layers can be lazy. Blocks. */
final class ImagePlanner {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePlanner.class);

  private ImagePlanner() {}

  static ImagePlan plan(MountRequest request) {
    ImageStore store = request.store();
    Content root = store.manifest("");
    boolean single = request.platform() == null && !MediaTypes.isIndex(root.mediaType());
    Content content = single ? root : choose(request, root).content();
    Manifest manifest = OciJson.manifest(content);
    List<Descriptor> layers = manifest.layers();
    // The configuration and the index need a round trip each, and neither needs the other.
    try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<Digest>> diffIds = beside.submit(() -> diffIds(store, manifest.config()));
      Map<Digest, Descriptor> ztocs = new HashMap<>();
      String note = findIndex(request, content, layers, ztocs);
      return new ImagePlan(
          content.descriptor(), note, plans(content, layers, wait(diffIds), ztocs));
    }
  }

  private static List<LayerPlan> plans(
      Content content,
      List<Descriptor> layers,
      List<Digest> diffIds,
      Map<Digest, Descriptor> ztocs) {
    if (diffIds.size() != layers.size()) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read image %s: its manifest has %d layers, its configuration %d diff ids"
              .formatted(content.digest(), layers.size(), diffIds.size()));
    }
    List<LayerPlan> plans = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Descriptor layer = layers.get(i);
      plans.add(new LayerPlan(layer, diffIds.get(i), ztocs.get(layer.digest())));
    }
    return plans;
  }

  private static List<Digest> diffIds(ImageStore store, Descriptor config) {
    return OciJson.config(
            "image configuration " + config.digest() + " of " + store,
            store.smallBlob(config, OciJson.MAX_DOCUMENT_BYTES))
        .diffIds();
  }

  private static <T> T wait(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = SluiceException.unwrap(e);
      throw cause instanceof SluiceException known
          ? known
          : new SluiceException(
              SluiceException.kindOf(cause),
              "read image: " + SluiceException.describe(cause),
              cause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "read image: interrupted", e);
    }
  }

  private static PlatformImage choose(MountRequest request, Content root) {
    Platform wanted = request.platform();
    return PlatformImage.select(request.store(), root, wanted == null ? Platforms.host() : wanted);
  }

  /* An index that was asked for by digest must work. One that was looked for must not make an image
   * worse off than it would be without: then the layers are pulled whole, and it says why. */
  private static String findIndex(
      MountRequest request, Content image, List<Descriptor> layers, Map<Digest, Descriptor> ztocs) {
    Optional<FoundIndex> found;
    try {
      found = SociIndexFinder.find(request.store(), image, request.indexDigest());
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
            layers.stream().filter(layer -> ztocs.containsKey(layer.digest())).count(),
            layers.size());
  }
}
