package dev.sluice.load;

import dev.sluice.fetch.RegistryBlob;
import dev.sluice.oci.Content;
import dev.sluice.oci.ImageConfig;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Repository;
import dev.sluice.pull.Directories;
import dev.sluice.pull.ImagePull;
import dev.sluice.pull.LayerPuller;
import dev.sluice.pull.PullImage;
import dev.sluice.pull.PullLayer;
import dev.sluice.pull.PullOptions;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Sluice's pull of whole images, as the service does it. */
final class OwnPull implements AutoCloseable {
  private static final long SECONDS = 600;

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final RegistryClient client =
      RegistryClients.create(
          vertx,
          RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
  private final PullOptions options;

  OwnPull(PullOptions options) {
    this.options = options;
  }

  /** Pulls an image and unpacks each layer to a directory of its own below {@code directory}. */
  void pull(String host, String name, Path directory) throws IOException {
    Repository repository = new Repository(host, name);
    try (LayerPuller puller = LayerPuller.open(options, directory.resolve("staging"))) {
      Content content = await(client.manifest(repository, "latest"));
      Manifest manifest = OciJson.manifest(content);
      byte[] json =
          await(
              client.smallBlob(repository, manifest.config().digest(), OciJson.MAX_DOCUMENT_BYTES));
      ImageConfig config = OciJson.config("the image's configuration", json);
      List<PullLayer> layers = new ArrayList<>();
      for (int i = 0; i < manifest.layers().size(); i++) {
        layers.add(new PullLayer(manifest.layers().get(i), config.diffIds().get(i)));
      }
      PullImage image =
          new PullImage(
              content.digest(), blob -> new RegistryBlob(client, repository, blob), layers);
      List<Path> below = new ArrayList<>();
      try (ImagePull pull = puller.start(image)) {
        for (PullLayer layer : layers) {
          Path into = Files.createDirectory(directory.resolve("layer-" + below.size()));
          pull.claim(
              layer.blob().digest(),
              into,
              below.isEmpty() ? Directories.NONE : Directories.unpacked(below));
          below.addFirst(into);
        }
      }
    }
  }

  private static <T> T await(io.vertx.core.Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException
        | java.util.concurrent.ExecutionException
        | java.util.concurrent.TimeoutException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    await(client.close());
    await(vertx.close());
  }
}
