package dev.sluice.daemon;

import dev.sluice.cache.CacheOptions;
import dev.sluice.config.Configuration;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.control.ControlHandler;
import dev.sluice.control.NodeStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.credentials.CriCredentials;
import dev.sluice.cri.ImageServiceProxy;
import dev.sluice.failure.SluiceException;
import dev.sluice.fill.BackgroundFill;
import dev.sluice.fill.FillPolicy;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStores;
import dev.sluice.keeper.SessionKeeper;
import dev.sluice.layer.LayersFs;
import dev.sluice.metrics.MetricsServer;
import dev.sluice.metrics.SluiceMetrics;
import dev.sluice.mount.FetchLimits;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.StateDirectory;
import dev.sluice.node.LayerCare;
import dev.sluice.node.LazyPolicy;
import dev.sluice.node.NodeLayers;
import dev.sluice.node.Pins;
import dev.sluice.profile.RunOptions;
import dev.sluice.pull.LayerPuller;
import dev.sluice.pull.PullOptions;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryCounters;
import dev.sluice.snapshot.OverlaySnapshotter;
import dev.sluice.snapshot.SnapshotService;
import dev.sluice.soci.index.FoundIndex;
import io.micrometer.core.instrument.Tags;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node service: everything composed, started in the order of need, stopped in reverse. A part
 * that can't start ends those before it.
 */
public final class Service {
  private static final Logger LOG = LoggerFactory.getLogger(Service.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Nobody uses them by then, and Vert.x never ends them if a client once got no socket. */
  private static final Duration LOOPS_PATIENCE = Duration.ofSeconds(3);

  private static final Duration LAST_CALLS = Duration.ofSeconds(5);

  private final Deque<Part> parts = new ArrayDeque<>();
  private @Nullable NodeLayers layers;

  /** Whether stopping takes the node's mount away; a start that fails leaves what was there. */
  private boolean unmount = true;

  /** Something to stop. */
  private record Part(String name, Runnable stop) {}

  private Service() {}

  /**
   * Starts the service; when this returns it serves.
   *
   * @throws SluiceException if a part can't start; nothing runs then
   */
  public static Service start(
      LoadedConfiguration loaded,
      String version,
      Map<String, String> environment,
      ServiceNotify notify) {
    Service service = new Service();
    try {
      service.startParts(loaded, version, environment, notify);
      return service;
    } catch (RuntimeException e) {
      service.stopParts();
      throw e;
    }
  }

  private void startParts(
      LoadedConfiguration loaded,
      String version,
      Map<String, String> environment,
      ServiceNotify notify) {
    final Instant started = Instant.now();
    Configuration configuration = loaded.configuration();
    StateDirectory state = new StateDirectory(configuration.root());
    InstanceLock lock =
        InstanceLock.acquire(
            state.root().resolve("lock"), "the state directory " + state.root(), PATIENCE);
    parts.push(new Part("lock", lock::close));
    SocketDirectory socket = SocketDirectory.claim(configuration.address(), PATIENCE);
    // Closed with the socket once that serves; closing it twice does no harm.
    parts.push(new Part("socket directory", socket::close));

    Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    parts.push(new Part("event loops", () -> Waits.on(vertx.close(), "stop", LOOPS_PATIENCE)));
    if (!vertx.isNativeTransportEnabled()) {
      LOG.warn("no native transport; the JDK's is used, which is slower");
    }
    SluiceMetrics metrics = new SluiceMetrics(version);
    parts.push(new Part("metrics", metrics::close));
    RegistryCounters traffic = new RegistryCounters();
    metrics.bind(traffic);
    CriCredentials cri = new CriCredentials();
    RegistryClient client = Registries.client(vertx, configuration, cri, environment, traffic);
    parts.push(
        new Part("registry client", () -> Waits.on(client.close(), "close connections", PATIENCE)));

    MountEngine engine = engine(configuration, state);
    parts.push(new Part("cache", engine::close));
    metrics.bind(engine.reads());
    metrics.bind(engine.fetches(), engine.scheduler());
    metrics.bind(engine.cache()::stats);
    metrics.bind(engine.runs().hints(), engine.runs().counters());
    ImageStores stores = new ImageStores(vertx, _ -> client);
    SessionKeeper keeper =
        new SessionKeeper(
            SessionKeeper.file(state.root()), notify.descriptors(), LayersFs.NUMBERING);
    NodeLayers node =
        NodeLayers.open(
            engine,
            policy(configuration.lazy()),
            client,
            reference -> stores.open(new ImageLocation.InRegistry(reference)),
            puller(configuration, state),
            keeper);
    layers = node;
    unmount = !node.isAdopted();
    parts.push(new Part("layers", () -> close(node)));
    SnapshotMetrics.bind(metrics, node.counters());
    SnapshotMetrics.bindFaces(metrics, node);

    SnapshotMetrics observer = new SnapshotMetrics(metrics);
    OverlaySnapshotter snapshots = OverlaySnapshotter.open(state.root(), node, observer);
    parts.push(new Part("snapshots", snapshots::close));
    // Containerd is answered meanwhile; what needs a layer waits for that one.
    Future<Void> restored =
        Future.fromCompletionStage(snapshots.restoreAll().thenRun(node::cleanUp));
    var fuse = node.fuse();
    if (fuse != null) {
      metrics.bind(fuse);
    }
    metrics.gauge(
        "sluice_session_adopted",
        "Whether this process goes on with the mount of an earlier one",
        Tags.empty(),
        () -> node.isAdopted() ? 1 : 0);
    metrics.gauge(
        "sluice_session_kept",
        "Whether somebody keeps the session of the mount, so that it outlives this process",
        Tags.empty(),
        () -> keeper.keeper() == SessionKeeper.Keeper.NOBODY ? 0 : 1);
    String takeovers = "Mounts of an earlier process that this one found, by what came of them";
    metrics.counter(
        "sluice_takeovers_total",
        takeovers,
        Tags.of("outcome", "continued"),
        () -> node.isAdopted() ? 1 : 0);
    metrics.counter("sluice_takeovers_total", takeovers, Tags.of("outcome", "lost"), keeper::lost);
    Pins pins =
        Pins.open(
            state.root().resolve("pins.json"),
            engine.cache(),
            configuration.cache().pinnedImages());
    BackgroundFill fill =
        BackgroundFill.of(
            engine.cache(),
            new LayerCare(node, engine.cache(), pins, new RunningLayers(snapshots)),
            policy(configuration.fill()));
    parts.push(new Part("fill", fill::close));
    metrics.bind(
        fill.counters(),
        wanted -> fill.status().values().stream().filter(each -> each.state() == wanted).count());

    NodeStatus status =
        new NodeReport(
            () ->
                new ServiceStatus(
                    version,
                    ProcessHandle.current().pid(),
                    started,
                    configuration.root().toAbsolutePath().normalize().toString(),
                    keeper.keeper().toString()),
            configuration,
            snapshots,
            node,
            engine.cache(),
            fill,
            pins,
            engine.runs());
    metrics.gauge(
        "sluice_mounts",
        "Containers' snapshots that stand on lazy layers",
        Tags.empty(),
        () -> status.mounts().size());
    serveMetrics(vertx, metrics, version, configuration.metrics().address(), node);
    SnapshotService service = new SnapshotService(vertx, snapshots, observer, configuration.root());
    List<ServiceSocket.Route> routes = new ArrayList<>();
    routes.add(
        new ServiceSocket.Route(
            ControlHandler::accepts,
            new ControlHandler(
                vertx,
                status,
                loaded,
                new NodeCacheCommands(
                    status,
                    node,
                    engine.cache(),
                    pins,
                    fill,
                    engine.runs(),
                    configuration.cache().disk()),
                new NodeProfileCommands(status, engine.runs()),
                new NodeExplainer(snapshots, node))));
    Configuration.Credentials credentials = configuration.credentials();
    if (credentials.criProxy()) {
      ImageServiceProxy proxy =
          new ImageServiceProxy(vertx, credentials.criImageService().toString(), cri);
      parts.push(
          new Part("CRI proxy", () -> Waits.on(proxy.close(), "close connections", PATIENCE)));
      routes.add(
          new ServiceSocket.Route(request -> ImageServiceProxy.handles(request.path()), proxy));
    }
    ServiceSocket served = ServiceSocket.serve(vertx, socket, service, routes);
    parts.push(
        new Part(
            "socket",
            () -> {
              snapshots.abandon();
              served.close(LAST_CALLS);
              service.close(LAST_CALLS);
            }));
    restored.onSuccess(_ -> fill.start());
    restored.onFailure(e -> LOG.error("show the layers of an earlier process again", e));
    parts.push(new Part("restoring of layers", () -> Waits.on(restored, "show layers", PATIENCE)));
    WarmUp warmUp = new WarmUp(vertx, state.root().resolve(".warm-up"), node::isAsked);
    warmUp.start();
    parts.push(new Part("warm-up", warmUp::close));
    parts.push(new Part("care of the heap", HeapCare.start(vertx)::close));
    Watchdog.start(vertx, notify, () -> true)
        .ifPresent(watchdog -> parts.push(new Part("watchdog", watchdog::close)));
    LOG.info(
        "serving at {}, state in {}, started in {} ms",
        configuration.address(),
        state.root(),
        Duration.between(started, Instant.now()).toMillis());
    // Readers may wait for the start: this is said after it.
    Thread.startVirtualThread(() -> MemoryCheck.of(configuration).complaints().forEach(LOG::warn));
  }

  private void close(NodeLayers node) {
    if (unmount) {
      node.close();
    } else {
      node.leave();
    }
  }

  private static MountEngine engine(Configuration configuration, StateDirectory state) {
    Configuration.Cache cache = configuration.cache();
    Configuration.Fetch fetch = configuration.fetch();
    return MountEngine.open(
        state,
        new KernelFuseBridge(),
        CacheOptions.in(state.cache())
            .withMemoryBytes(cache.memory())
            .withDiskBytes(cache.disk())
            .withDiskReserveBytes(cache.diskReserve())
            .withDurability(cache.durability()),
        new FetchLimits(fetch.memory(), fetch.readDeadline()),
        runs(configuration));
  }

  private static RunOptions runs(Configuration configuration) {
    Configuration.Profile profile = configuration.profile();
    Configuration.Prefetch prefetch = configuration.prefetch();
    return new RunOptions(
        profile.record(),
        prefetch.enable(),
        prefetch.artifacts(),
        prefetch.directory(),
        profile.quiet(),
        profile.longest(),
        prefetch.maxSize());
  }

  private static LazyPolicy policy(Configuration.Lazy lazy) {
    Set<FoundIndex.Way> searched = EnumSet.noneOf(FoundIndex.Way.class);
    if (lazy.sociV1()) {
      searched.add(FoundIndex.Way.REFERRER);
    }
    if (lazy.sociV2()) {
      searched.add(FoundIndex.Way.ANNOTATION);
    }
    return new LazyPolicy(
        lazy.enable(),
        searched,
        lazy.minLayerSize(),
        lazy.indexTimeout(),
        lazy.retryFailedIndexAfter(),
        lazy.layerFace());
  }

  private static FillPolicy policy(Configuration.Fill fill) {
    return new FillPolicy(
        fill.enable(),
        fill.rate(),
        fill.quietTime(),
        fill.startAfter(),
        fill.retryAfter(),
        FillPolicy.DEFAULT_STEP_BYTES);
  }

  private static @Nullable LayerPuller puller(Configuration configuration, StateDirectory state) {
    Configuration.Pull pull = configuration.pull();
    if (!pull.enable()) {
      return null;
    }
    Path staging = state.root().resolve("pull");
    return LayerPuller.open(
        PullOptions.DEFAULT
            .withConnections(pull.connections(), pull.connectionsPerImage())
            .withUnpacks(pull.unpacks(), pull.unpacksPerImage())
            .withMemory(Math.toIntExact(pull.rangeSize()), pull.memory())
            .withDisk(pull.maxLayerSize(), PullOptions.DEFAULT.freeBytes()),
        staging);
  }

  private void serveMetrics(
      Vertx vertx,
      SluiceMetrics metrics,
      String version,
      @Nullable String address,
      NodeLayers node) {
    if (address == null) {
      return;
    }
    MetricsServer server = new MetricsServer(vertx, metrics.registry(), version);
    server.requireForReady("fuse", node::isAlive);
    int port = Waits.on(server.listen(address), "serve metrics at " + address, PATIENCE);
    parts.push(
        new Part("metrics server", () -> Waits.on(server.close(), "stop metrics", PATIENCE)));
    LOG.info("metrics on port {}", port);
  }

  /** Whether layers can be shown lazily: the kernel takes FUSE mounts from us. */
  public boolean showsLayers() {
    NodeLayers node = layers;
    return node != null && node.isAlive();
  }

  /**
   * Stops serving. Snapshots and mounts of containers stay as they are.
   *
   * @param unmount whether the node's layers are unmounted, so that containers on them get errors;
   *     else their reads wait for the next process
   */
  public void stop(boolean unmount) {
    this.unmount = unmount;
    stopParts();
  }

  private void stopParts() {
    while (!parts.isEmpty()) {
      Part part = parts.pop();
      try {
        part.stop.run();
      } catch (RuntimeException e) {
        LOG.warn("stop {}: {}", part.name, SluiceException.describe(e));
      }
    }
  }
}
