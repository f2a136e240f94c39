package dev.sluice.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.ztoc.Compression;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spans of a layer that a mirror and its registry serve. */
final class MirroredSpansTest {
  @TempDir Path directory;

  @Test
  void aMirrorThatServesWrongBytesIsLeftForTheRegistry() throws Exception {
    SampleLayer sample = SampleLayer.make(7, 40, Compression.GZIP, 64 << 10);
    Vertx vertx = Vertx.vertx();
    InflateWorkers workers = new InflateWorkers(2);
    EmbeddedRegistry mirror = await(EmbeddedRegistry.start(vertx, in("mirror")));
    EmbeddedRegistry server = await(EmbeddedRegistry.start(vertx, in("server")));
    await(mirror.putBlob("app", "layer", sample.blob()));
    Descriptor blob = await(server.putBlob("app", "layer", sample.blob()));
    mirror.faults().planBlob(Integer.MAX_VALUE, new Fault.WrongBytes());
    Path hosts = Files.createDirectories(directory.resolve("certs.d/registry.example"));
    Files.writeString(
        hosts.resolve("hosts.toml"),
        "server = 'http://%s'\n[host.'http://%s']\n".formatted(server.host(), mirror.host()));
    RegistryClient client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults()
                .withPlainHttp(true)
                .withCredentials(CredentialSource.NONE)
                .withHostsDirectories(List.of(directory.resolve("certs.d"))));
    FetchStats stats = new FetchStats();
    SpanOrigin origin =
        new SpanOrigin(
            sample.ztoc().spans(),
            new RegistryBlob(client, new Repository("registry.example", "app"), blob),
            new FetchScheduler(64 << 20, stats),
            workers);
    ChunkMap map =
        ChunkMap.of(sample.ztoc().spans().uncompressedStarts(), sample.ztoc().uncompressedSize());
    CacheOptions options = CacheOptions.in(directory.resolve("cache")).withDiskReserveBytes(0);
    try (ChunkCache cache = ChunkCache.open(options);
        LayerCache layer = cache.open(new LayerKey("layer"), map, origin)) {
      // Many spans in one answer of the mirror: each is wrong by itself, and none is given up.
      int size = (int) sample.ztoc().uncompressedSize();
      try (Lease lease = layer.read(0, size, Lane.DEMAND).get(30, TimeUnit.SECONDS)) {
        byte[] got = new byte[size];
        lease.copyTo(MemorySegment.ofArray(got));
        assertThat(got).isEqualTo(sample.tar());
      }
      assertThat(stats.corruptSpans()).isPositive();
      assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
      assertThat(server.traffic().requests(RequestKind.BLOB)).isPositive();
    } finally {
      workers.close();
      await(client.close());
      await(mirror.close());
      await(server.close());
      await(vertx.close());
    }
  }

  private EmbeddedOptions in(String name) {
    return EmbeddedOptions.in(directory.resolve(name));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }
}
