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
import dev.sluice.soci.index.SociIndexFinder.Referrers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds out what an image is made of and which of its layers can be lazy. Blocks. */
public final class ImagePlanner {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePlanner.class);

  private ImagePlanner() {}

  static ImagePlan plan(MountRequest request) {
    return plan(
        request.store(), request.platform(), request.indexDigest(), SociIndexFinder.SEARCHED);
  }

  /**
   * @param platform wanted if the image has several; null for this machine's
   * @param index the SOCI index to use, null to look for one
   * @param searched where an index is looked for
   * @throws SluiceException if the image can't be read, or {@code index} can't be used
   */
  public static ImagePlan plan(
      ImageStore store,
      @Nullable Platform platform,
      @Nullable Digest index,
      Set<FoundIndex.Way> searched) {
    return plan(store, platform, index, searched, Referrers.of(store));
  }

  /**
   * Like {@link #plan(ImageStore, Platform, Digest, Set)} for an image manifest whose digest is
   * known: what refers to it is asked for beside it, which saves a round trip.
   *
   * @param manifest what {@code store} opens
   */
  public static ImagePlan planOf(
      ImageStore store, Digest manifest, @Nullable Digest index, Set<FoundIndex.Way> searched) {
    Referrers referrers = Referrers.of(store);
    if (index != null || !searched.contains(FoundIndex.Way.REFERRER)) {
      return plan(store, null, index, searched, referrers);
    }
    CompletableFuture<List<Descriptor>> early =
        CompletableFuture.supplyAsync(() -> referrers.to(manifest), Thread::startVirtualThread);
    return plan(
        store,
        null,
        null,
        searched,
        image -> image.equals(manifest) ? wait(early) : referrers.to(image));
  }

  private static ImagePlan plan(
      ImageStore store,
      @Nullable Platform platform,
      @Nullable Digest index,
      Set<FoundIndex.Way> searched,
      Referrers referrers) {
    Content root = store.manifest("");
    boolean single = platform == null && !MediaTypes.isIndex(root.mediaType());
    Content content = single ? root : choose(store, platform, root).content();
    Manifest manifest = OciJson.manifest(content);
    List<Descriptor> layers = manifest.layers();
    // The configuration and the index need a round trip each, and neither needs the other.
    try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<List<Digest>> diffIds = beside.submit(() -> diffIds(store, manifest.config()));
      Map<Digest, Descriptor> ztocs = new HashMap<>();
      IndexSearch search = findIndex(store, content, index, searched, referrers);
      search
          .index()
          .ifPresent(found ->
              found
                  .index()
                  .ztocs()
                  .forEach(ztoc -> ztocs.putIfAbsent(ztoc.layer(), ztoc.descriptor())));
      return new ImagePlan(
          content.descriptor(),
          search.index().map(FoundIndex::digest).orElse(null),
          search.failed(),
          search.note(layers, ztocs),
          plans(content, layers, wait(diffIds), ztocs),
          search
              .index()
              .map(found -> PrefetchArtifacts.read(store, found.index()))
              .orElse(CompletableFuture.completedFuture(List.of())));
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

  private static PlatformImage choose(ImageStore store, @Nullable Platform wanted, Content root) {
    return PlatformImage.select(store, root, wanted == null ? Platforms.host() : wanted);
  }

  /**
   * What looking for an index gave.
   *
   * @param failure why nothing was found, "" if there is nothing to find
   */
  private record IndexSearch(Optional<FoundIndex> index, String failure) {
    boolean failed() {
      return !failure.isEmpty();
    }

    String note(List<Descriptor> layers, Map<Digest, Descriptor> ztocs) {
      if (failed()) {
        return "no index: " + failure;
      }
      if (index.isEmpty()) {
        return "no SOCI index: every layer is pulled whole; sluice create makes one";
      }
      return "SOCI index %s (%s): %d of %d layers are lazy"
          .formatted(
              index.get().digest(),
              index.get().way().words(),
              layers.stream().filter(layer -> ztocs.containsKey(layer.digest())).count(),
              layers.size());
    }
  }

  /* An index that was asked for by digest must work. One that was looked for must not make an image
   * worse off than it would be without: then the layers are pulled whole, and it says why. */
  private static IndexSearch findIndex(
      ImageStore store,
      Content image,
      @Nullable Digest explicit,
      Set<FoundIndex.Way> searched,
      Referrers referrers) {
    try {
      return new IndexSearch(SociIndexFinder.find(store, image, explicit, searched, referrers), "");
    } catch (SluiceException e) {
      if (explicit != null) {
        throw e;
      }
      LOG.warn("{}; the image is pulled whole", e.getMessage());
      return new IndexSearch(Optional.empty(), SluiceException.describe(e));
    }
  }
}
