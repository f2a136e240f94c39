package dev.sluice.node;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.image.ImageStore;
import dev.sluice.mount.ImagePlan;
import dev.sluice.mount.LayerPlan;
import dev.sluice.mount.MountEngine;
import dev.sluice.oci.ImageReference;
import dev.sluice.registry.RegistryClient;
import dev.sluice.snapshot.LayerRequest;
import dev.sluice.snapshot.LayerSource;
import dev.sluice.snapshot.NewSnapshot;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings layers: lazily where there is an index for it, else pulled whole, else left to containerd.
 * Each step that fails makes way for the next one.
 */
public final class NodeLayers implements LayerSource, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLayers.class);

  private final MountEngine engine;
  private final LazyPolicy policy;
  private final Function<ImageReference, ImageStore> stores;
  private final ImagePlans plans;
  private final NodeCounters counters = new NodeCounters();
  private final LazyLayers lazy;

  /**
   * Mounts the node's layers; none is shown yet.
   *
   * @param stores opens the repository of a reference with a digest
   * @throws SluiceException LOCAL_IO if FUSE can't be mounted
   */
  public static NodeLayers open(
      MountEngine engine,
      LazyPolicy policy,
      RegistryClient client,
      Function<ImageReference, ImageStore> stores) {
    return new NodeLayers(engine, policy, client, stores);
  }

  private NodeLayers(
      MountEngine engine,
      LazyPolicy policy,
      RegistryClient client,
      Function<ImageReference, ImageStore> stores) {
    this.engine = engine;
    this.policy = policy;
    this.stores = stores;
    this.plans = new ImagePlans(stores, engine.opener(), policy, counters);
    NodeMount mount = NodeMount.open(engine.bridge(), engine.state().layers(), engine.newFs());
    this.lazy =
        new LazyLayers(
            engine.opener(),
            mount,
            record ->
                new RegistryBlob(client, record.image().repository(), record.layer().layer()));
  }

  @Override
  public Brought bring(LayerRequest request, NewSnapshot snapshot) {
    try {
      ImageReference image = ImageReference.parse(request.image());
      ImagePlan plan = plans.plan(image.repository(), request.manifest(), request.index());
      LayerPlan layer = layerOf(plan, request, snapshot);
      if (isLazy(layer) && showLazily(plan, image, layer, snapshot)) {
        counters.lazy.increment();
        return new Brought.Lazily(new LazyRecord(image, layer, plan.index()).toJson());
      }
      return left("layer " + layer.label() + ": " + plan.indexNote());
    } catch (SluiceException e) {
      return left(SluiceException.describe(e));
    }
  }

  private Brought left(String reason) {
    counters.left.increment();
    return new Brought.Left(reason);
  }

  private boolean isLazy(LayerPlan layer) {
    return layer.ztoc() != null && layer.layer().size() >= policy.minLayerBytes();
  }

  private boolean showLazily(
      ImagePlan plan, ImageReference image, LayerPlan layer, NewSnapshot snapshot) {
    try {
      lazy.show(
          snapshot.id(),
          new LazyRecord(image, layer, plan.index()),
          stores.apply(new ImageReference(image.repository(), null, plan.manifest().digest())),
          snapshot.ancestors());
      return true;
    } catch (RuntimeException e) {
      counters.lazyFailures.increment();
      LOG.warn(
          "show layer {} lazily: {}; it is pulled whole",
          layer.label(),
          SluiceException.describe(e));
      return false;
    }
  }

  /* The place of the layer is known by how many are below; an image may hold one several times. */
  private static LayerPlan layerOf(ImagePlan plan, LayerRequest request, NewSnapshot snapshot) {
    int place = snapshot.ancestors().size();
    if (place < plan.layers().size()
        && plan.layers().get(place).layer().digest().equals(request.layer())) {
      return plan.layers().get(place);
    }
    return plan.layers().stream()
        .filter(layer -> layer.layer().digest().equals(request.layer()))
        .findFirst()
        .orElseThrow(() ->
            new SluiceException(
                FailureKind.INVALID,
                "bring layer %s: image %s has no such layer"
                    .formatted(request.layer(), plan.manifest().digest())));
  }

  @Override
  public Path shown(long snapshot) {
    return engine.state().layers().resolve(Long.toString(snapshot));
  }

  @Override
  public void restore(long snapshot, String record, List<Ancestor> ancestors) {
    try {
      lazy.restore(snapshot, LazyRecord.parse(snapshot, record), ancestors);
      counters.restored.increment();
    } catch (RuntimeException e) {
      counters.restoreFailures.increment();
      throw e;
    }
  }

  @Override
  public void check(long snapshot) {
    lazy.check(snapshot);
  }

  @Override
  public void forget(long snapshot) {
    lazy.forget(snapshot);
  }

  /** Deletes the ztocs of layers that are no longer shown; called when all are restored. */
  public void cleanUp() {
    int deleted = engine.state().keepOnlyZtocs(lazy.ztocs());
    if (deleted > 0) {
      LOG.info("deleted {} ztocs of layers that are gone", deleted);
    }
  }

  public NodeCounters counters() {
    return counters;
  }

  /** Whether the kernel is served. */
  public boolean isAlive() {
    return lazy.mount().isAlive();
  }

  /** Stops showing layers: unmounts. */
  @Override
  public void close() {
    lazy.mount().close();
    lazy.close();
  }
}
