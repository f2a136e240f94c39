package dev.sluice.registry;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;

/** An embedded registry and a client that uses it. */
final class Bench implements AutoCloseable {
  static final RetryPolicy QUICK =
      new RetryPolicy(4, Duration.ofMillis(2), Duration.ofMillis(10), Duration.ofSeconds(60), 1000);
  static final Timeouts SHORT =
      new Timeouts(
          Duration.ofSeconds(5),
          Duration.ofMillis(600),
          Duration.ofMillis(600),
          Duration.ofSeconds(30),
          Duration.ofSeconds(20));

  final Vertx vertx = Vertx.vertx();
  final EmbeddedRegistry registry;
  final RegistryCounters counters = new RegistryCounters();
  final RegistryOptions options;
  final RegistryClient client;
  final Repository repository;

  Bench(EmbeddedOptions served, UnaryOperator<RegistryOptions> change) {
    registry = await(EmbeddedRegistry.start(vertx, served));
    repository = new Repository(registry.host(), "team/app");
    options =
        change.apply(
            RegistryOptions.defaults()
                .withPlainHttp(served.tls() == null)
                .withCredentials(CredentialSource.NONE)
                .withRetries(QUICK)
                .withTimeouts(SHORT)
                .withObserver(counters));
    client = RegistryClients.create(vertx, options);
  }

  static Bench plain(Path directory) {
    return new Bench(EmbeddedOptions.in(directory), options -> options);
  }

  Descriptor blob(byte[] bytes) {
    return await(registry.putBlob("team/app", "application/octet-stream", bytes));
  }

  byte[] read(Descriptor blob, long from, long to) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    await(client.range(repository, blob, from, to, bytes -> all.writeBytes(bytes.getBytes())));
    return all.toByteArray();
  }

  /** An image of one layer, which is a blob of the repository already. */
  static Content image(Descriptor config, Descriptor layer) {
    return manifest(new JsonObject(), config, layer);
  }

  static Content manifest(JsonObject more, Descriptor config, Descriptor layer) {
    JsonObject document =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_MANIFEST)
            .put("config", json(config))
            .put("layers", new JsonArray().add(json(layer)))
            .mergeIn(more);
    return Content.of(MediaTypes.OCI_MANIFEST, document.toBuffer().getBytes());
  }

  static JsonObject json(Descriptor one) {
    return new JsonObject()
        .put("mediaType", one.mediaType())
        .put("digest", one.digest().toString())
        .put("size", one.size());
  }

  static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  static Descriptor descriptor(byte[] bytes) {
    return Descriptor.of("application/octet-stream", Digest.sha256(bytes), bytes.length);
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("nothing happened in 60 s", e);
    }
  }

  /** The failure that the future must end with. */
  static SluiceException failure(Future<?> future) {
    try {
      Object result = await(future);
      throw new AssertionError("succeeded with " + result);
    } catch (CompletionException e) {
      throw new AssertionError("no SluiceException", e);
    } catch (SluiceException e) {
      return e;
    }
  }

  static Buffer bytes(String text) {
    return Buffer.buffer(text);
  }

  @Override
  public void close() {
    await(client.close());
    await(registry.close());
    await(vertx.close());
  }
}
