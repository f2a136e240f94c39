package dev.sluice.daemon;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.FetchScheduler;
import dev.sluice.fetch.FetchStats;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fetch.SpanOrigin;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import dev.sluice.registry.Credentials;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocReader;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future.State;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the warm-up layer fetched as a lazy layer is, by range requests, verified, into a cache: from
 * a registry of its own at the loopback address, by a client, a scheduler and a cache that nobody
 * else uses, so that none of the service's figures count it.
 */
final class WarmUpFetches implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WarmUpFetches.class);
  private static final Duration BOUND = Duration.ofSeconds(5);
  private static final long MEMORY_BYTES = 8L << 20;
  private static final String NAME = "warm-up";

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final SpanOrigin origin;
  private final ChunkMap chunks;
  private final ChunkCache cache;
  private final String host;
  private int rounds;

  private WarmUpFetches(Vertx vertx, Path directory, WarmUpLayer layer) throws IOException {
    try {
      // Its port is open to all of this machine, and it takes pushes.
      String password = UUID.randomUUID().toString();
      EmbeddedRegistry registry =
          await(
              EmbeddedRegistry.start(
                  vertx,
                  EmbeddedOptions.in(directory.resolve("registry"))
                      .withAccess(new Access.Basic(NAME, password))));
      parts.push(() -> await(registry.close()));
      byte[] bytes = new byte[layer.compressed().remaining()];
      layer.compressed().get(layer.compressed().position(), bytes);
      host = registry.host();
      Descriptor blob = await(registry.putBlob(NAME, NAME, bytes));
      RegistryClient client =
          RegistryClients.create(
              vertx,
              RegistryOptions.defaults()
                  .withPlainHttp(true)
                  .withCredentials(
                      _ -> Future.succeededFuture(new Credentials.Password(NAME, password)))
                  .withHostsDirectories(List.of()));
      parts.push(() -> await(client.close()));
      FetchScheduler scheduler = new FetchScheduler(MEMORY_BYTES, new FetchStats());
      parts.push(scheduler);
      InflateWorkers workers = new InflateWorkers(2);
      parts.push(workers);
      Ztoc ztoc = ZtocReader.open(layer.ztoc(), Limits.DEFAULT);
      parts.push(ztoc);
      origin =
          new SpanOrigin(
              ztoc.spans(),
              new RegistryBlob(client, new Repository(host, NAME), blob),
              scheduler,
              workers);
      chunks = ChunkMap.of(ztoc.spans().uncompressedStarts(), ztoc.uncompressedSize());
      cache =
          ChunkCache.open(
              CacheOptions.in(directory.resolve("cache"))
                  .withMemoryBytes(MEMORY_BYTES)
                  .withDiskReserveBytes(0));
      parts.push(cache);
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /**
   * @param directory where registry and cache keep their files; the caller removes it
   */
  static WarmUpFetches open(Vertx vertx, Path directory, WarmUpLayer layer) throws IOException {
    return new WarmUpFetches(vertx, directory, layer);
  }

  /** {@code host:port} of the registry. */
  String host() {
    return host;
  }

  /** Reads the whole layer, which no tier has yet, chunk by chunk and by both ways. */
  void round() throws IOException {
    try (LayerCache layer = cache.open(new LayerKey(NAME + rounds++), chunks, origin)) {
      List<java.util.concurrent.Future<Lease>> reads = new ArrayList<>();
      for (int chunk = 0; chunk < chunks.count(); chunk++) {
        Lane lane = chunk % 2 == 0 ? Lane.DEMAND : Lane.HINT;
        reads.add(layer.read(chunks.start(chunk), chunks.length(chunk), lane));
      }
      for (java.util.concurrent.Future<Lease> read : reads) {
        await(read).close();
      }
    }
  }

  private static Lease await(java.util.concurrent.Future<Lease> read) {
    try {
      return read.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "read the warm-up layer: interrupted", e);
    } catch (ExecutionException | TimeoutException e) {
      read.cancel(false);
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "read the warm-up layer: "
              + (read.state() == State.FAILED
                  ? SluiceException.describe(read.exceptionNow())
                  : "no answer in " + BOUND.toSeconds() + " s"),
          e);
    }
  }

  private static <T> T await(Future<T> future) {
    return Waits.on(future, "warm up", BOUND);
  }

  /** Closes all, also behind one that fails. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.warn("end the warm-up: {}", SluiceException.describe(e));
      }
    }
  }
}
