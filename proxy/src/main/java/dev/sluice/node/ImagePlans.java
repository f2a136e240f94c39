package dev.sluice.node;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.mount.ImagePlan;
import dev.sluice.mount.ImagePlanner;
import dev.sluice.mount.LayerOpener;
import dev.sluice.mount.LayerPlan;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Repository;
import dev.sluice.soci.index.FoundIndex;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What images are made of, asked of their registry once for all layers of a pull. A plan without an
 * index is soon forgotten, so that an index pushed later is found. Once an image is known, the
 * ztocs of its layers are fetched ahead of the layers' turns.
 */
final class ImagePlans {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePlans.class);
  private static final int IMAGES = 256;
  private static final Duration KEEP = Duration.ofMinutes(10);
  private static final int ZTOCS_AT_ONCE = 8;

  private final Function<ImageReference, ImageStore> stores;
  private final LayerOpener opener;
  private final LazyPolicy policy;
  private final NodeCounters counters;
  private final Executor threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore ztocs = new Semaphore(ZTOCS_AT_ONCE);
  private final AsyncCache<Image, ImagePlan> plans;

  /** An image and how its index is found. */
  private record Image(Repository repository, Digest manifest, @Nullable Digest index) {
    ImageReference reference() {
      return new ImageReference(repository, null, manifest);
    }
  }

  ImagePlans(
      Function<ImageReference, ImageStore> stores,
      LayerOpener opener,
      LazyPolicy policy,
      NodeCounters counters) {
    this.stores = stores;
    this.opener = opener;
    this.policy = policy;
    this.counters = counters;
    this.plans =
        Caffeine.newBuilder()
            .maximumSize(IMAGES)
            .executor(threads)
            .expireAfter(
                Expiry.<Image, ImagePlan>creating(
                    (_, plan) -> plan.index() == null ? policy.retryAfter() : KEEP))
            .buildAsync();
  }

  /**
   * The plan of an image.
   *
   * @param index digest of the SOCI index to use, null to look for one
   * @throws SluiceException if the registry can't be asked, or takes longer than the policy allows
   */
  ImagePlan plan(Repository repository, Digest manifest, @Nullable Digest index) {
    Image image = new Image(repository, manifest, index);
    CompletableFuture<ImagePlan> plan = plans.get(image, this::load);
    try {
      return plan.get(policy.deadline().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      throw new SluiceException(
          FailureKind.TIMEOUT,
          "look at image %s of %s: no answer within %s"
              .formatted(manifest, repository, policy.deadline()),
          e);
    } catch (ExecutionException e) {
      throw SluiceException.unwrap(e) instanceof SluiceException known
          ? known
          : new SluiceException(
              FailureKind.INTERNAL,
              "look at image %s: %s".formatted(manifest, SluiceException.describe(e)),
              e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "look at image " + manifest, e);
    }
  }

  private ImagePlan load(Image image) {
    ImageStore store = stores.apply(image.reference());
    ImagePlan plan = ask(store, image);
    if (plan.indexFailed()) {
      counters.indexFailures.increment();
    } else if (plan.index() == null) {
      counters.indexAbsent.increment();
    } else {
      counters.indexFound.increment();
    }
    LOG.info("image {}: {} layers, {}", image.reference(), plan.layers().size(), plan.indexNote());
    keepZtocs(store, plan);
    return plan;
  }

  /* An index asked for by digest that can't be used makes the image no worse off than without. */
  private ImagePlan ask(ImageStore store, Image image) {
    Set<FoundIndex.Way> searched = policy.enabled() ? policy.searched() : Set.of();
    Digest index = policy.enabled() ? image.index() : null;
    try {
      return ImagePlanner.planOf(store, image.manifest(), index, searched);
    } catch (SluiceException e) {
      if (index == null) {
        throw e;
      }
      LOG.warn("use SOCI index {}: {}; the image is pulled whole", index, e.getMessage());
      ImagePlan plan = ImagePlanner.planOf(store, image.manifest(), null, Set.of());
      return new ImagePlan(
          plan.manifest(),
          null,
          true,
          "no index: " + SluiceException.describe(e),
          plan.layers(),
          plan.hints());
    }
  }

  private void keepZtocs(ImageStore store, ImagePlan plan) {
    for (LayerPlan layer : plan.layers()) {
      if (layer.ztoc() != null) {
        threads.execute(() -> keepZtoc(store, layer));
      }
    }
  }

  private void keepZtoc(ImageStore store, LayerPlan layer) {
    ztocs.acquireUninterruptibly();
    try {
      opener.keepZtoc(store, layer);
    } catch (SluiceException e) {
      // It is tried again, and counted, when the layer's turn comes.
      LOG.debug("fetch the ztoc of layer {} ahead: {}", layer.label(), e.getMessage());
    } finally {
      ztocs.release();
    }
  }
}
