package dev.sluice.load.many;

import dev.sluice.containerd.ContainerdClient;
import dev.sluice.containerd.ImagePull;
import dev.sluice.containerd.PullListener;
import dev.sluice.containerd.PullOptions;
import dev.sluice.containerd.PullReport;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.ImageReference;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.index.BuildListener;
import dev.sluice.soci.index.IndexBuilder;
import dev.sluice.soci.index.IndexOptions;
import dev.sluice.soci.index.SociIndex;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What {@code sluice create} and {@code sluice image pull} do, in this process: a JVM for each of
 * hundreds of images would take most of the time.
 */
final class Tools implements AutoCloseable {
  private final Vertx vertx;
  private final RegistryClient client;
  private final ImageStores stores;

  Tools(Vertx vertx) {
    this.vertx = vertx;
    this.client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
    this.stores = new ImageStores(vertx, _ -> client);
  }

  /** Builds an image's index and pushes it beside the image. */
  void index(String reference) {
    try (ImageStore store = open(reference)) {
      IndexOptions defaults = IndexOptions.DEFAULT;
      IndexOptions options =
          new IndexOptions(
              defaults.spanSize(),
              0,
              defaults.buildTool(),
              defaults.markXattrs(),
              defaults.force(),
              defaults.prefetchPaths());
      var _ =
          new IndexBuilder(store, store, options, BuildListener.NONE)
              .build(PlatformImage.choose(store, store.manifest(""), null), SociIndex.Version.V1)
              .orElseThrow(() -> IndexBuilder.nothingBuilt(store));
    }
  }

  private ImageStore open(String reference) {
    return stores.open(new ImageLocation.InRegistry(ImageReference.parse(reference)));
  }

  /** Pulls an image into a containerd, whose snapshotter is called sluice. */
  void pull(Path socket, String reference) {
    try (ImageStore store = open(reference);
        ContainerdClient containerd =
            ContainerdClient.connect(vertx, socket.toString(), "default")) {
      PullOptions options = new PullOptions(ImageReference.parse(reference), "sluice", null, null);
      PullReport report = new ImagePull(containerd, store, options, PullListener.NONE).run();
      if (report.layers().stream().anyMatch(layer -> layer.way() != PullReport.Way.SNAPSHOTTER)) {
        throw new IllegalStateException(
            "pull " + reference + ": the service did not bring every layer: " + report.layers());
      }
    }
  }

  @Override
  public void close() throws TimeoutException {
    client.close().await(1, TimeUnit.MINUTES);
  }
}
