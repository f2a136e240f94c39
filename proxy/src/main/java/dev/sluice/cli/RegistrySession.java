package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fetch.StoreBlob;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.ImageReference;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryCounters;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The Vert.x instance and registry client of one command, made when first needed. */
public final class RegistrySession implements AutoCloseable {
  private static final long CLOSE_SECONDS = 5;

  private final boolean plainHttp;
  private final @Nullable Path ca;
  private final @Nullable Path cert;
  private final @Nullable Path key;
  private final List<Path> hostsDirectories;
  private final RegistryCounters traffic = new RegistryCounters();
  private @Nullable Vertx vertx;
  private @Nullable RegistryClient client;

  private RegistrySession(
      boolean plainHttp,
      @Nullable Path ca,
      @Nullable Path cert,
      @Nullable Path key,
      List<Path> hostsDirectories) {
    this.plainHttp = plainHttp;
    this.ca = ca;
    this.cert = cert;
    this.key = key;
    this.hostsDirectories = List.copyOf(hostsDirectories);
  }

  static RegistrySession open(
      boolean plainHttp,
      @Nullable Path ca,
      @Nullable Path cert,
      @Nullable Path key,
      List<Path> hostsDirectories) {
    if (cert == null && key != null) {
      throw new SluiceException(FailureKind.INVALID, "--key is of no use without --cert");
    }
    return new RegistrySession(plainHttp, ca, cert, key, hostsDirectories);
  }

  public synchronized Vertx vertx() {
    if (vertx == null) {
      vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    }
    return vertx;
  }

  public synchronized RegistryClient client() {
    if (client == null) {
      client = connect();
    }
    return client;
  }

  /** Opens an image that must exist. */
  public ImageStore open(ImageLocation location) {
    return location instanceof ImageLocation.InRegistry
        ? stores().open(location)
        : ImageStores.openLocal(location);
  }

  /** Opens a destination, which is made if there is none. */
  public ImageStore create(ImageLocation location) {
    return location instanceof ImageLocation.InRegistry
        ? stores().create(location)
        : ImageStores.createLocal(location);
  }

  /** What was asked of registries so far. */
  public RegistryCounters traffic() {
    return traffic;
  }

  /** How to read ranges of an image's layers. */
  public Function<Descriptor, BlobSource> blobs(ImageLocation location, ImageStore store) {
    return location instanceof ImageLocation.InRegistry(ImageReference reference)
        ? layer -> new RegistryBlob(client(), reference.repository(), layer)
        : layer -> new StoreBlob(vertx(), store, layer);
  }

  /** Waits for something that ends in bounded time. */
  static <T> T await(Future<T> future, String action) {
    try {
      return future.toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException e) {
      Throwable cause = SluiceException.unwrap(e);
      throw cause instanceof SluiceException known
          ? known
          : new SluiceException(
              SluiceException.kindOf(cause),
              action + ": " + SluiceException.describe(cause),
              cause);
    }
  }

  private ImageStores stores() {
    return new ImageStores(vertx(), _ -> client());
  }

  private RegistryClient connect() {
    RegistryOptions options =
        RegistryOptions.defaults()
            .withPlainHttp(plainHttp)
            .withHostsDirectories(hostsDirectories)
            .withObserver(traffic);
    if (ca != null) {
      options = options.withCaFiles(List.of(ca));
    }
    if (cert != null) {
      options = options.withClientCertificate(cert, key);
    }
    return RegistryClients.create(vertx(), options);
  }

  @Override
  public synchronized void close() {
    if (client != null) {
      settle(client.close());
    }
    if (vertx != null) {
      settle(vertx.close());
    }
  }

  private static void settle(Future<?> closing) {
    try {
      closing.toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      org.slf4j.LoggerFactory.getLogger(RegistrySession.class).warn("close connections", e);
    }
  }
}
