package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cli.Main;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.Link;
import dev.sluice.face.Child;
import dev.sluice.face.FaceChoice;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.keeper.DescriptorStore;
import dev.sluice.keeper.SessionKeeper;
import dev.sluice.layer.LayersFs;
import dev.sluice.mount.FetchLimits;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.StateDirectory;
import dev.sluice.oci.Content;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import dev.sluice.profile.RunOptions;
import dev.sluice.pull.LayerPuller;
import dev.sluice.pull.PullOptions;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.registry.RetryPolicy;
import dev.sluice.registry.Timeouts;
import dev.sluice.snapshot.LayerRequest;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.NewSnapshot;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.SociIndexFinder;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a node in a directory of its own, a registry that they come from, and child
 * processes that look at them: this process serves the mount, so it must never look itself.
 */
final class NodeRig implements AutoCloseable {
  static final LazyPolicy ALL = policy(SociIndexFinder.SEARCHED, 0);

  private static final String LOOK =
      """
      cd "$1"
      export LC_ALL=C
      find . -mindepth 1 -type d -printf '%p d %m %U:%G %T@\\n' | sort
      find . -mindepth 1 ! -type d -printf '%p %y %m %U:%G %T@ %n %s %l\\n' | sort
      find . -type f -print0 | sort -z | xargs -0 -r sha256sum
      """;

  private final Path directory;
  private final Vertx vertx = Vertx.vertx();
  final EmbeddedRegistry registry;
  private final RegistryClient client;
  private final FuseBridge bridge;
  private final UnaryOperator<CacheOptions> cached;
  private MountEngine engine;
  private final List<NodeLayers> opened = new ArrayList<>();

  NodeRig(Path directory) {
    this(directory, Duration.ofSeconds(1), new KernelFuseBridge());
  }

  /**
   * @param stall how long the client waits for bytes
   */
  NodeRig(Path directory, Duration stall, FuseBridge bridge) {
    this(directory, stall, bridge, Link.NONE, UnaryOperator.identity());
  }

  /**
   * @param link to the registry
   * @param cached changes the options of the cache
   */
  NodeRig(Path directory, Link link, UnaryOperator<CacheOptions> cached) {
    this(directory, Duration.ofSeconds(2), new KernelFuseBridge(), link, cached);
  }

  private NodeRig(
      Path directory,
      Duration stall,
      FuseBridge bridge,
      Link link,
      UnaryOperator<CacheOptions> cached) {
    this.directory = directory;
    this.bridge = bridge;
    this.cached = cached;
    registry =
        await(
            EmbeddedRegistry.start(
                vertx, EmbeddedOptions.in(directory.resolve("registry-blobs")).withLink(link)));
    client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults()
                .withPlainHttp(true)
                .withEnvironment(Map.of("HOME", directory.toString()))
                .withRetries(
                    new RetryPolicy(
                        4,
                        Duration.ofMillis(2),
                        Duration.ofMillis(20),
                        Duration.ofSeconds(60),
                        1000))
                .withTimeouts(
                    new Timeouts(
                        Duration.ofSeconds(5),
                        stall,
                        stall,
                        Duration.ofSeconds(30),
                        Duration.ofMinutes(5))));
    engine = openEngine();
  }

  private MountEngine openEngine() {
    StateDirectory state = new StateDirectory(directory.resolve("state"));
    return MountEngine.open(
        state, bridge, cached.apply(CacheOptions.in(state.cache()).withDiskReserveBytes(0)));
  }

  MountEngine engine() {
    return engine;
  }

  /** Closes the node's layers and opens its cache anew, as a restart of the service does. */
  void restart() {
    opened.forEach(NodeLayers::close);
    opened.clear();
    engine.close();
    engine = openEngine();
  }

  static LazyPolicy policy(Set<FoundIndex.Way> searched, long minLayerBytes) {
    return new LazyPolicy(
        true,
        searched,
        minLayerBytes,
        Duration.ofSeconds(20),
        Duration.ofMillis(1),
        FaceChoice.AUTO);
  }

  /** The node's layers; closed with this. One at a time, as they share a mount. */
  NodeLayers open(LazyPolicy policy, boolean pull) {
    LayerPuller puller =
        pull
            ? LayerPuller.open(
                PullOptions.DEFAULT.withMemory(64 << 10, 4 << 20).withDisk(1L << 30, 0), staging())
            : null;
    NodeLayers layers = NodeLayers.open(engine, policy, client, this::store, puller);
    opened.add(layers);
    return layers;
  }

  /** The layers of a node whose mount is kept, or was kept by an earlier one; closed with this. */
  NodeLayers openKept() {
    SessionKeeper keeper =
        new SessionKeeper(
            SessionKeeper.file(engine.state().root()), DescriptorStore.NONE, LayersFs.NUMBERING);
    NodeLayers layers = NodeLayers.open(engine, ALL, client, this::store, null, keeper);
    opened.add(layers);
    return layers;
  }

  /** An engine of another node that uses the same registry; the caller closes it. */
  MountEngine engine(String node, RunOptions runs) {
    StateDirectory state = new StateDirectory(directory.resolve(node));
    return MountEngine.open(
        state,
        new KernelFuseBridge(),
        CacheOptions.in(state.cache()).withDiskReserveBytes(0),
        FetchLimits.DEFAULT,
        runs);
  }

  /** The layers of another node; the caller closes them. */
  NodeLayers open(MountEngine engine) {
    return NodeLayers.open(engine, ALL, client, this::store, null);
  }

  Path staging() {
    return directory.resolve("staging");
  }

  ImageStore store(ImageReference reference) {
    return new ImageStores(vertx, _ -> client).open(new ImageLocation.InRegistry(reference));
  }

  /** Pushes an image of these layers under the tag "latest". */
  NodeImage push(byte[]... tars) {
    return NodeImage.push(registry, List.of(tars));
  }

  /** Runs {@code sluice convert}; gives the image's manifest that it made. */
  Content convert() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    String name = registry.host() + "/" + NodeImage.REPOSITORY + ":";
    int code =
        Main.run(
            stream,
            stream,
            "convert",
            "--plain-http",
            "--min-layer-size=0",
            "--span-size=65536",
            "--platform=linux/amd64",
            name + "latest",
            name + "lazy");
    assertThat(code).as(said.toString(StandardCharsets.UTF_8)).isZero();
    Repository repository = new Repository(registry.host(), NodeImage.REPOSITORY);
    try (ImageStore store = store(new ImageReference(repository, "lazy", null))) {
      Digest made = OciJson.index(store.manifest("")).manifests().getFirst().digest();
      return store.manifest(made.toString());
    }
  }

  /** What containerd would ask for. */
  LayerRequest request(NodeImage image, int layer, @Nullable Digest index) {
    return request(image, layer, index, List.of());
  }

  /**
   * @param wanted files to fetch first, as the label says
   */
  LayerRequest request(NodeImage image, int layer, @Nullable Digest index, List<String> wanted) {
    return new LayerRequest(
        "sha256:chain-" + layer,
        registry.host() + "/" + NodeImage.REPOSITORY + ":latest",
        image.manifest(),
        image.layer(layer),
        List.of(image.layer(layer)),
        wanted,
        index);
  }

  NewSnapshot snapshot(long id, List<Ancestor> nearestFirst) throws IOException {
    return new NewSnapshot(id, Files.createDirectories(files(id)), nearestFirst);
  }

  Path files(long id) {
    return directory.resolve("files-" + id);
  }

  /** Brings all layers of an image one after the other, as snapshots first, first + 1 … */
  List<Brought> bring(NodeLayers layers, NodeImage image, @Nullable Digest index, long first)
      throws IOException {
    List<Brought> brought = new ArrayList<>();
    List<Ancestor> below = new ArrayList<>();
    for (int i = 0; i < image.size(); i++) {
      long id = first + i;
      Brought how = layers.bring(request(image, i, index), snapshot(id, List.copyOf(below)));
      brought.add(how);
      boolean lazy = how instanceof Brought.Lazily;
      if (lazy) {
        layers.settle(id);
      }
      below.addFirst(new Ancestor(id, lazy ? layers.shown(id) : files(id), lazy));
    }
    return brought;
  }

  /** What a child process sees of a tree: names, types, modes, owners, times and contents. */
  static List<String> look(Path tree) throws IOException, InterruptedException {
    return sh(LOOK, tree).lines().toList();
  }

  /** The same of a tar, extracted by tar. */
  List<String> truth(byte[] tar) throws IOException, InterruptedException {
    Path file = Files.write(directory.resolve("truth.tar"), tar);
    Path into = Files.createTempDirectory(directory, "truth-");
    sh("tar --numeric-owner --same-owner -xpf \"$2\" -C \"$1\"", into, file);
    return look(into);
  }

  static String sh(String script, Path... arguments) throws IOException, InterruptedException {
    return Child.sh(script, arguments);
  }

  /** The next requests for a layer's bytes meet a fault. */
  void spoil(NodeImage image, int layer, int times, Fault fault) {
    String digest = image.layer(layer).toString();
    registry.faults().plan(times, seen -> seen.path().contains(digest), fault);
  }

  static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    opened.forEach(NodeLayers::close);
    engine.close();
    await(client.close());
    await(registry.close());
    await(vertx.close());
  }
}
