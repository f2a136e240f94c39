package dev.sluice.mount;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cli.Main;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fetch.SampleLayer;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import dev.sluice.profile.RunOptions;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.registry.RetryPolicy;
import dev.sluice.registry.Timeouts;
import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.ZtocWriter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An image of one layer in an embedded registry, the client that reaches it, and child processes
 * that read it where it is mounted: this process serves the mount, so it must never read there
 * itself.
 */
public final class LazyImage implements AutoCloseable {
  private static final String REPOSITORY = "team/app";

  private static final String READER =
      """
      import hashlib, os, sys
      root = sys.argv[1]
      for name in sys.argv[2:]:
          try:
              with open(os.path.join(root, name), 'rb', buffering=0) as f:
                  print(name, hashlib.sha256(b''.join(iter(lambda: f.read(50000), b''))).hexdigest())
          except OSError as e:
              print(name, os.strerror(e.errno).replace(' ', '_'))
      """;

  public final EmbeddedRegistry registry;
  final SampleLayer sample;
  final List<String> said = new CopyOnWriteArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final RegistryClient client;
  private ImageStore store;
  private @Nullable Digest lastIndex;
  private @Nullable Digest wantedIndex;
  private final Path directory;
  private final Descriptor layer;
  private Content manifest;
  private final Repository repository;

  public LazyImage(
      Path directory,
      SampleLayer sample,
      String layerType,
      UnaryOperator<EmbeddedOptions> served,
      UnaryOperator<RegistryOptions> used) {
    this.directory = directory;
    this.sample = sample;
    registry =
        await(
            EmbeddedRegistry.start(
                vertx, served.apply(EmbeddedOptions.in(directory.resolve("registry")))));
    repository = new Repository(registry.host(), REPOSITORY);
    client =
        RegistryClients.create(
            vertx,
            used.apply(
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
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(1),
                            Duration.ofSeconds(30),
                            Duration.ofSeconds(20)))));
    layer = await(registry.putBlob(REPOSITORY, layerType, sample.blob()));
    manifest = publishImage(List.of(layer));
    open("latest");
  }

  private Content publishImage(List<Descriptor> layers) {
    String diffIds =
        layers.stream()
            .map(_ -> "\"" + Digest.sha256(sample.tar()) + "\"")
            .collect(Collectors.joining(","));
    byte[] config =
        ("{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":["
                + diffIds
                + "]}}")
            .getBytes(StandardCharsets.UTF_8);
    Descriptor configuration = await(registry.putBlob(REPOSITORY, MediaTypes.OCI_CONFIG, config));
    Content content =
        Content.of(
            MediaTypes.OCI_MANIFEST,
            OciJson.write(
                new Manifest(
                    MediaTypes.OCI_MANIFEST, null, configuration, layers, null, new TreeMap<>())));
    await(registry.putManifest(REPOSITORY, "latest", content));
    return content;
  }

  /** The image has its layer three times. */
  public LazyImage threefold() {
    manifest = publishImage(List.of(layer, layer, layer));
    return this;
  }

  /** Publishes the right index. */
  public LazyImage indexed() {
    return indexedBy(ZtocWriter.write(sample.ztoc()));
  }

  /** Publishes an index whose ztoc is these bytes. */
  public LazyImage indexedBy(byte[] ztoc) {
    Descriptor config =
        await(
            registry.putBlob(
                REPOSITORY, MediaTypes.SOCI_INDEX_V1, "{}".getBytes(StandardCharsets.UTF_8)));
    Descriptor stored = await(registry.putBlob(REPOSITORY, MediaTypes.SOCI_ZTOC, ztoc));
    var annotations = new TreeMap<String, String>();
    annotations.put("com.amazon.soci.image-layer-digest", layer.digest().toString());
    Descriptor described =
        new Descriptor(
            stored.mediaType(),
            stored.digest(),
            stored.size(),
            List.of(),
            annotations,
            null,
            null,
            null);
    Content index =
        Content.of(
            MediaTypes.OCI_MANIFEST,
            OciJson.write(
                new Manifest(
                    MediaTypes.OCI_MANIFEST,
                    null,
                    config,
                    List.of(described),
                    manifest.descriptor(),
                    new TreeMap<>())));
    await(registry.putManifest(REPOSITORY, index.digest().toString(), index));
    lastIndex = index.digest();
    return this;
  }

  /** From now on mounts ask for the index that was published last by its digest. */
  void askForLastIndex() {
    wantedIndex = lastIndex;
  }

  /** Runs {@code sluice convert} to another tag, which is mounted from now on. */
  void convert() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    String name = repository + ":";
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
    open("lazy");
  }

  /** Mounts what a tag names from now on. */
  void open(String tag) {
    store =
        new ImageStores(vertx, _ -> client)
            .open(new ImageLocation.InRegistry(new ImageReference(repository, tag, null)));
  }

  public Digest layerDigest() {
    return layer.digest();
  }

  public RegistryClient client() {
    return client;
  }

  public Digest manifest() {
    return manifest.digest();
  }

  public String reference() {
    return repository + ":latest";
  }

  /** Opens a repository of the registry. */
  public ImageStore store(ImageReference reference) {
    return new ImageStores(vertx, _ -> client).open(new ImageLocation.InRegistry(reference));
  }

  /** An engine on this image's state directory; one at a time. */
  public MountEngine engine() {
    return engine(CacheOptions.DEFAULT_MEMORY_BYTES);
  }

  MountEngine engine(long memoryBytes) {
    StateDirectory state = new StateDirectory(directory.resolve("state"));
    FuseBridge bridge = new KernelFuseBridge();
    return MountEngine.open(
        state,
        bridge,
        CacheOptions.in(state.cache()).withDiskReserveBytes(0).withMemoryBytes(memoryBytes));
  }

  /** An engine of another node, with its own state directory. */
  MountEngine engine(String node, RunOptions runs) {
    StateDirectory state = new StateDirectory(directory.resolve(node));
    return MountEngine.open(
        state,
        new KernelFuseBridge(),
        CacheOptions.in(state.cache()).withDiskReserveBytes(0),
        FetchLimits.DEFAULT,
        runs);
  }

  MountedImage mount(MountEngine engine) {
    return engine.mount(
        new MountRequest(
            store,
            null,
            wantedIndex,
            blob -> new RegistryBlob(client, repository, blob),
            directory.resolve("rootfs"),
            false),
        said::add);
  }

  /** Digest of each file's content as the tar has it. */
  public Map<String, String> truth() {
    Map<String, String> truth = new TreeMap<>();
    for (TocEntry entry : sample.ztoc().entries()) {
      int from = (int) entry.offset();
      byte[] content = Arrays.copyOfRange(sample.tar(), from, from + (int) entry.size());
      truth.put(entry.nameText(), Digest.sha256(content).hex());
    }
    return truth;
  }

  /** What a child process reads in every file: its digest, or the error. */
  public Map<String, String> readAll(Path target) throws IOException, InterruptedException {
    return read(target, truth().keySet().stream().toList());
  }

  /** The same for some files. */
  Map<String, String> read(Path target, List<String> names)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("python3", "-c", READER, target.toString()));
    command.addAll(names);
    Process reader = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(reader.waitFor(2, TimeUnit.MINUTES)).isTrue();
    assertThat(reader.exitValue()).as(said).isZero();
    Map<String, String> found = new TreeMap<>();
    for (String line : said.lines().toList()) {
      String[] words = line.split(" ", 2);
      found.put(words[0], words[1]);
    }
    return found;
  }

  /** Forgets what the kernel has cached of all mounts. */
  static void dropCaches() throws IOException, InterruptedException {
    Process sh =
        new ProcessBuilder("sh", "-c", "echo 3 > /proc/sys/vm/drop_caches").inheritIO().start();
    assertThat(sh.waitFor()).isZero();
  }

  public static <T> T await(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    store.close();
    await(client.close());
    await(registry.close());
    await(vertx.close());
  }
}
