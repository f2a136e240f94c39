package dev.sluice.node;

import dev.sluice.face.FaceCounters;
import dev.sluice.face.FaceDirectories;
import dev.sluice.face.LayerFace;
import dev.sluice.face.LayerFaces;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fill.FillLayer;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.image.ImageStore;
import dev.sluice.keeper.SessionKeeper;
import dev.sluice.layer.DirectoryAttributes;
import dev.sluice.mount.ImagePlan;
import dev.sluice.mount.LayerPlan;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.OpenLayer;
import dev.sluice.mount.StateDirectory;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.profile.RunImage;
import dev.sluice.pull.LayerPuller;
import dev.sluice.registry.RegistryClient;
import dev.sluice.snapshot.LayerRequest;
import dev.sluice.snapshot.LayerSource;
import dev.sluice.snapshot.NewSnapshot;
import dev.sluice.snapshot.RootAttributes;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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

  /** Null if FUSE can't be mounted here. */
  private final @Nullable LayerFaces faces;

  private final LayersAhead ahead;
  private final DistrustedZtocs distrusted;
  private volatile boolean asked;

  /** Null if layers that can't be lazy are left to containerd. */
  private final @Nullable PulledLayers pulled;

  /**
   * Mounts the node's layers; none is shown yet. Where FUSE can't be mounted none ever is.
   *
   * @param stores opens the repository of a reference with a digest
   * @param puller closed with this; null if layers that can't be lazy are left to containerd
   */
  public static NodeLayers open(
      MountEngine engine,
      LazyPolicy policy,
      RegistryClient client,
      Function<ImageReference, ImageStore> stores,
      @Nullable LayerPuller puller) {
    return open(engine, policy, client, stores, puller, null);
  }

  /**
   * Like the other one, and goes on with what an earlier process has left mounted: from {@link
   * #expect} on.
   *
   * @param keeper keeps the mount when this process ends; null if it is to end too
   */
  public static NodeLayers open(
      MountEngine engine,
      LazyPolicy policy,
      RegistryClient client,
      Function<ImageReference, ImageStore> stores,
      @Nullable LayerPuller puller,
      @Nullable SessionKeeper keeper) {
    return new NodeLayers(engine, policy, client, stores, puller, keeper);
  }

  private NodeLayers(
      MountEngine engine,
      LazyPolicy policy,
      RegistryClient client,
      Function<ImageReference, ImageStore> stores,
      @Nullable LayerPuller puller,
      @Nullable SessionKeeper keeper) {
    this.engine = engine;
    this.policy = policy;
    this.stores = stores;
    this.distrusted = new DistrustedZtocs(engine.state().root().resolve("distrusted-ztocs"));
    this.pulled = puller == null ? null : new PulledLayers(puller, client);
    this.plans = new ImagePlans(stores, engine.opener(), policy, counters);
    NodeMount mount = mount(engine, keeper);
    this.faces =
        mount == null
            ? null
            : LayerFaces.open(
                directories(engine.state()),
                policy.face(),
                mount.isAdopted() ? mount.number() : 0,
                engine.workers());
    this.lazy =
        new LazyLayers(
            engine.opener(),
            mount,
            faces,
            record -> new RegistryBlob(client, record.image().repository(), record.layer().layer()),
            engine.runs());
    this.ahead = new LayersAhead(lazy::giveUp);
  }

  /* Without FUSE the node still pulls layers whole, and the snapshots that are lazy answer
   * UNAVAILABLE: better than no snapshotter at all. */
  private static @Nullable NodeMount mount(MountEngine engine, @Nullable SessionKeeper keeper) {
    try {
      return NodeMount.open(engine.bridge(), engine.state().layers(), engine.newFs(), keeper);
    } catch (SluiceException e) {
      LOG.error("{}; no layer is lazy until the service is started again", e.getMessage());
      return null;
    }
  }

  private static FaceDirectories directories(StateDirectory state) {
    return new FaceDirectories(state.layers(), state.names(), state.whole(), state.nameImages());
  }

  /** Whether this process was asked for a layer yet. */
  public boolean isAsked() {
    return asked;
  }

  @Override
  public Brought bring(LayerRequest request, NewSnapshot snapshot) {
    asked = true;
    if (pulled == null) {
      return bringSomehow(request, snapshot);
    }
    pulled.enter(snapshot.id());
    try {
      return bringSomehow(request, snapshot);
    } finally {
      pulled.leave(snapshot.id());
    }
  }

  private Brought bringSomehow(LayerRequest request, NewSnapshot snapshot) {
    boolean planned = false;
    try {
      ImageReference image = ImageReference.parse(request.image());
      ImagePlan plan = plans.plan(image.repository(), request.manifest(), request.index());
      int place = placeOf(plan, request, snapshot);
      LayerPlan layer = plan.layers().get(place);
      LazyRecord record = record(image, plan, layer);
      planned = true;
      RunImage run = run(record, plan, request);
      openAhead(image, plan, place, run);
      if (isLazy(layer) && showLazily(record, plan, run, snapshot)) {
        counters.lazy.increment();
        return new Brought.Lazily(record.toJson());
      }
      if (pulled == null) {
        return left("layer " + layer.label() + ": " + plan.indexNote());
      }
      pulled.pull(
          plan,
          place,
          image.repository(),
          this::isLazy,
          snapshot,
          lazy.below(snapshot.ancestors()));
      counters.unpacked.increment();
      return new Brought.Unpacked();
    } catch (SluiceException e) {
      (planned ? counters.pullFailures : counters.planFailures).increment();
      LOG.warn("bring layer {} of {}: {}", request.layer(), request.image(), e.getMessage());
      return left(SluiceException.describe(e));
    }
  }

  private Brought left(String reason) {
    counters.left.increment();
    return new Brought.Left(reason);
  }

  private boolean isLazy(LayerPlan layer) {
    return lazy.mount() != null
        && layer.ztoc() != null
        && !distrusted.contains(layer.ztoc().digest())
        && layer.layer().size() >= policy.minLayerBytes();
  }

  private static LazyRecord record(ImageReference image, ImagePlan plan, LayerPlan layer) {
    return new LazyRecord(image, plan.manifest().digest(), layer, plan.index());
  }

  /* The layers above will follow, except those that are there already. */
  private void openAhead(ImageReference image, ImagePlan plan, int place, RunImage run) {
    for (int i = place + 1; i < plan.layers().size(); i++) {
      LayerPlan layer = plan.layers().get(i);
      LazyRecord record = isLazy(layer) ? record(image, plan, layer) : null;
      if (record != null && !lazy.shows(record)) {
        int above = i;
        ahead.open(record, () -> openAhead(record, run, above));
      }
    }
  }

  private OpenLayer openAhead(LazyRecord record, RunImage run, int place) {
    OpenLayer open = open(record, run.manifest());
    try {
      lazy.expect(open, run, place);
      return open;
    } catch (RuntimeException e) {
      lazy.giveUp(open);
      throw e;
    }
  }

  private RunImage run(LazyRecord record, ImagePlan plan, LayerRequest request) {
    return new RunImage(
        plan.manifest().digest(),
        record.image().toString(),
        (int) plan.layers().stream().filter(this::isLazy).count(),
        request.wanted(),
        plan.hints());
  }

  private OpenLayer open(LazyRecord record, Digest manifest) {
    return lazy.open(
        record, stores.apply(new ImageReference(record.image().repository(), null, manifest)));
  }

  private boolean showLazily(
      LazyRecord record, ImagePlan plan, RunImage run, NewSnapshot snapshot) {
    try {
      OpenLayer early = ahead.take(record);
      OpenLayer open = early == null ? open(record, plan.manifest().digest()) : early;
      lazy.show(
          snapshot.id(), new LazyLayers.Opened(record, open, run, true), snapshot.ancestors());
      return true;
    } catch (RuntimeException e) {
      counters.lazyFailures.increment();
      LOG.warn(
          "show layer {} lazily: {}; it is pulled whole",
          record.layer().label(),
          SluiceException.describe(e));
      return false;
    }
  }

  /* The place of the layer is known by how many are below; an image may hold one several times. */
  private static int placeOf(ImagePlan plan, LayerRequest request, NewSnapshot snapshot) {
    int below = snapshot.ancestors().size();
    List<LayerPlan> layers = plan.layers();
    if (below < layers.size() && layers.get(below).layer().digest().equals(request.layer())) {
      return below;
    }
    for (int i = 0; i < layers.size(); i++) {
      if (layers.get(i).layer().digest().equals(request.layer())) {
        return i;
      }
    }
    throw new SluiceException(
        FailureKind.INVALID,
        "bring layer %s: image %s has no such layer"
            .formatted(request.layer(), plan.manifest().digest()));
  }

  @Override
  public void abandon(long snapshot) {
    if (pulled != null) {
      pulled.abandon(snapshot);
    }
  }

  @Override
  public Path shown(long snapshot) {
    return faces == null
        ? engine.state().layers().resolve(Long.toString(snapshot))
        : faces.directory(snapshot);
  }

  @Override
  public void settle(long... snapshots) {
    lazy.settle(snapshots);
  }

  @Override
  public void expect(Set<Long> snapshots) {
    NodeMount mount = lazy.mount();
    if (mount != null) {
      mount.expect(snapshots);
    }
  }

  @Override
  public void missing(long snapshot, Throwable cause) {
    NodeMount mount = lazy.mount();
    if (mount != null) {
      mount.missing(snapshot, cause);
    }
  }

  @Override
  public Reopened reopen(long snapshot, String record) {
    Runnable abandoned = counters.restoreFailures::increment;
    LazyLayers.Opened opened;
    try {
      opened = lazy.reopen(LazyRecord.parse(snapshot, record));
    } catch (RuntimeException e) {
      abandoned.run();
      throw e;
    }
    return ancestors -> {
      try {
        lazy.show(snapshot, opened, ancestors);
        counters.restored.increment();
      } catch (RuntimeException e) {
        abandoned.run();
        throw e;
      }
    };
  }

  @Override
  public void check(long snapshot) {
    lazy.check(snapshot);
  }

  @Override
  public RootAttributes rootAttributes(long snapshot) {
    DirectoryAttributes root = lazy.root(snapshot);
    return new RootAttributes(root.uid(), root.gid(), root.mode() & 07777);
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
    if (faces != null) {
      faces.cleanUp();
    }
  }

  /** Requests of the kernel; null if it is not served. */
  public @Nullable FuseCounters fuse() {
    NodeMount mount = lazy.mount();
    return mount == null ? null : mount.counters();
  }

  /** The lazy snapshots that are shown, by id. */
  public Map<Long, LazyStatus> status() {
    return lazy.all().entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey,
                each -> LazyStatus.of(each.getValue(), lazy.face(each.getKey()))));
  }

  /**
   * The layers that are shown, as what may be filled.
   *
   * @param running ids of lazy snapshots that a container has
   */
  public List<FillLayer> fillable(Set<Long> running) {
    return lazy.fillable(running, distrusted::contains);
  }

  /** A layer turned out not to be what its image says: from now on it is pulled whole. */
  public void distrust(FillLayer layer) {
    for (LazyLayers.Shown shown : lazy.all().values()) {
      if (shown.open().bytes().key().equals(layer.key())) {
        distrusted.add(shown.record().ztoc().digest());
      }
    }
  }

  /** How many layers a face is shown of. */
  public long shownBy(LayerFace face) {
    return lazy.all().keySet().stream().filter(each -> lazy.face(each).face() == face).count();
  }

  /** Counts of mounts by EROFS; null if FUSE can't be mounted here. */
  public @Nullable FaceCounters faces() {
    return faces == null ? null : faces.counters();
  }

  public NodeCounters counters() {
    return counters;
  }

  /** Whether the kernel is served. */
  public boolean isAlive() {
    return lazy.isAlive();
  }

  /** Whether the mount of an earlier process goes on. */
  public boolean isAdopted() {
    NodeMount mount = lazy.mount();
    return mount != null && mount.isAdopted();
  }

  /** Stops answering the kernel, and leaves the mount to the next process. */
  public void leave() {
    NodeMount mount = lazy.mount();
    if (mount != null && !mount.leave()) {
      LOG.info("requests that are not answered yet are left to the next process");
    }
  }

  /** Stops showing layers: unmounts. */
  @Override
  public void close() {
    if (pulled != null) {
      pulled.close();
    }
    if (faces != null) {
      faces.close();
    }
    NodeMount mount = lazy.mount();
    if (mount != null) {
      mount.close();
    }
    ahead.close();
    lazy.close();
  }
}
