package dev.sluice.demo;

import dev.sluice.cache.CacheOptions;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Link;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.image.PlatformImage;
import dev.sluice.mount.MountEngine;
import dev.sluice.mount.MountRequest;
import dev.sluice.mount.MountedImage;
import dev.sluice.mount.StateDirectory;
import dev.sluice.oci.Descriptor;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.index.BuildListener;
import dev.sluice.soci.index.BuiltIndex;
import dev.sluice.soci.index.IndexBuilder;
import dev.sluice.soci.index.IndexOptions;
import dev.sluice.soci.index.SociIndex;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Shows what lazy loading brings on this very machine: packs its JDK as an image, indexes and
 * pushes it to an embedded registry, then starts {@code java -version} from a lazy mount and after
 * an eager pull, both over the same simulated link.
 */
public final class Demo {
  private static final int CLOSE_SECONDS = 10;

  private final Link link;
  private final Consumer<String> say;

  /**
   * @param link what lies between the registry and the node
   * @param say takes a line for people at each step
   */
  public Demo(Link link, Consumer<String> say) {
    this.link = link;
    this.say = say;
  }

  /**
   * Runs the demonstration and removes all that it made.
   *
   * @param root where it works; what killed demonstrations left there is removed too
   */
  public DemoResult run(Path root) throws IOException, InterruptedException {
    try (DemoDirectory directory = DemoDirectory.make(root)) {
      return runIn(directory.path());
    }
  }

  private DemoResult runIn(Path directory) throws IOException, InterruptedException {
    Vertx vertx = Vertx.vertx();
    try {
      say.accept("packing the JDK of this machine as an image");
      JdkLayer jdk = JdkLayer.pack(directory.resolve("layer.tar.gz"));
      EmbeddedRegistry registry =
          await(EmbeddedRegistry.start(vertx, EmbeddedOptions.in(directory.resolve("registry"))));
      DemoImage image = await(DemoImage.publish(registry, jdk));
      RegistryClient client =
          RegistryClients.create(
              vertx, RegistryOptions.defaults().withPlainHttpHosts(Set.of(registry.host())));
      try {
        return measure(vertx, registry, image, client, directory);
      } finally {
        await(client.close());
        await(registry.close());
      }
    } finally {
      await(vertx.close());
    }
  }

  private DemoResult measure(
      Vertx vertx,
      EmbeddedRegistry registry,
      DemoImage image,
      RegistryClient client,
      Path directory)
      throws IOException, InterruptedException {
    ImageStores stores = new ImageStores(vertx, _ -> client);
    try (ImageStore store = stores.open(new ImageLocation.InRegistry(image.reference()))) {
      say.accept("indexing and pushing the index");
      long indexBytes = index(store);
      await(registry.link(link));
      Stopwatch watch = new Stopwatch(registry);
      DemoResult.Run lazy;
      DemoResult.Run again;
      say.accept("starting java from a lazy mount");
      StateDirectory state = new StateDirectory(DemoDirectory.stateIn(directory));
      watch.start();
      try (MountEngine engine =
              MountEngine.open(state, new KernelFuseBridge(), CacheOptions.in(state.cache()));
          MountedImage mounted =
              engine.mount(request(image, store, client, directory), say::accept)) {
        say.accept(firstLine(Program.run(mounted.target())));
        lazy = watch.stop();
        watch.start();
        Program.run(mounted.target());
        again = watch.stop();
      }
      say.accept("pulling and unpacking everything, then starting java");
      watch.start();
      Path unpacked = Files.createDirectory(directory.resolve("unpacked"));
      pull(image, store, unpacked);
      say.accept(firstLine(Program.run(unpacked)));
      return new DemoResult(image.layer().size(), indexBytes, lazy, watch.stop(), again);
    }
  }

  private static MountRequest request(
      DemoImage image, ImageStore store, RegistryClient client, Path directory) {
    return new MountRequest(
        store,
        null,
        null,
        layer -> new RegistryBlob(client, image.reference().repository(), layer),
        directory.resolve("rootfs"),
        false);
  }

  private static long index(ImageStore store) {
    PlatformImage platformImage = PlatformImage.all(store, store.manifest("")).getFirst();
    BuiltIndex built =
        new IndexBuilder(store, store, IndexOptions.DEFAULT, BuildListener.NONE)
            .build(platformImage, SociIndex.Version.V1)
            .orElseThrow(() -> IndexBuilder.nothingBuilt(store));
    return built.content().bytes().length
        + built.index().layers().stream().mapToLong(Descriptor::size).sum();
  }

  /** The strongest eager start: one request, verified and unpacked while the bytes arrive. */
  private static void pull(DemoImage image, ImageStore store, Path into)
      throws IOException, InterruptedException {
    PlatformImage.all(store, store.manifest(""));
    Process tar =
        new ProcessBuilder(List.of("tar", "--numeric-owner", "-xzf", "-", "-C", into.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (InputStream blob = store.openBlob(image.layer());
        OutputStream out = tar.getOutputStream()) {
      blob.transferTo(out);
    }
    if (!tar.waitFor(5, TimeUnit.MINUTES) || tar.exitValue() != 0) {
      tar.destroyForcibly();
      throw new SluiceException(
          FailureKind.LOCAL_IO, "unpack into " + into + ": tar failed, its message stands above");
    }
  }

  private static String firstLine(String text) {
    return "  " + text.lines().findFirst().orElse("");
  }

  private static <T> T await(Future<T> future) throws IOException, InterruptedException {
    try {
      return future.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException(SluiceException.describe(e), e);
    }
  }

  /** Times a start and counts what the registry sent meanwhile. */
  private static final class Stopwatch {
    private final EmbeddedRegistry registry;
    private long began;

    Stopwatch(EmbeddedRegistry registry) {
      this.registry = registry;
    }

    void start() {
      registry.traffic().reset();
      began = System.nanoTime();
    }

    DemoResult.Run stop() {
      double seconds = (System.nanoTime() - began) / 1e9;
      return new DemoResult.Run(
          registry.traffic().bytesSent(), registry.traffic().requests(), seconds);
    }
  }
}
