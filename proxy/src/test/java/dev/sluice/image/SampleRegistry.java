package dev.sluice.image;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** An embedded registry and a client of it, for tests that need an image store of a registry. */
public final class SampleRegistry implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final EmbeddedRegistry registry;
  private final RegistryClient client;

  private SampleRegistry(EmbeddedOptions options) {
    registry = await(EmbeddedRegistry.start(vertx, options));
    client =
        RegistryClients.create(
            vertx, RegistryOptions.defaults().withPlainHttp(true).withEnvironment(Map.of()));
  }

  public static SampleRegistry start(Path directory) {
    return new SampleRegistry(EmbeddedOptions.in(directory));
  }

  public static SampleRegistry withoutReferrersApi(Path directory) {
    return new SampleRegistry(EmbeddedOptions.in(directory).withoutReferrersApi());
  }

  public EmbeddedRegistry registry() {
    return registry;
  }

  /** {@code <host>/<name>}: what the command line takes. */
  public String reference(String name) {
    return registry.host() + "/" + name;
  }

  public ImageStore store(String name) {
    return new ImageStores(vertx, _ -> client).open(ImageLocation.parse(reference(name)));
  }

  public static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    await(client.close());
    await(registry.close());
    await(vertx.close());
  }
}
