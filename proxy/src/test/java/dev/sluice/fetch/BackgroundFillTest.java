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
import dev.sluice.embedded.Link;
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
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Demand reads of one layer while another one is filled over the same slow link. Not times are
 * compared but what makes them: bytes that come before a demand fetch's own.
 */
final class BackgroundFillTest {
  private static final long MIB = 1 << 20;
  private static final int SPAN = (int) MIB;

  @TempDir Path directory;

  /** Stands still: it stays shortly after the last demand fetch. */
  private final AtomicLong now = new AtomicLong(1_000_000_000_000L);

  private final FetchStats stats = new FetchStats();

  @Test
  void noDemandFetchFindsMoreThanAShortSliceBeforeIt_andTheFillEndsNevertheless() throws Exception {
    SampleLayer sample = SampleLayer.make(1, 400, Compression.UNCOMPRESSED, SPAN);
    Vertx vertx = Vertx.vertx();
    EmbeddedRegistry registry =
        await(
            EmbeddedRegistry.start(
                vertx,
                EmbeddedOptions.in(directory.resolve("registry"))
                    .withLink(new Link(Duration.ofMillis(20), 400_000_000))));
    Descriptor blob = await(registry.putBlob("app", "layer", sample.blob()));
    RegistryClient client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
    BlobSource source = new RegistryBlob(client, new Repository(registry.host(), "app"), blob);
    CacheOptions options = CacheOptions.in(directory.resolve("cache")).withDiskReserveBytes(0);
    try (InflateWorkers workers = new InflateWorkers(2);
        FetchScheduler scheduler = new FetchScheduler(256 * MIB, stats, now::get);
        ChunkCache cache = ChunkCache.open(options);
        LayerCache filled = open(cache, "filled", sample, source, scheduler, workers);
        LayerCache read = open(cache, "read", sample, source, scheduler, workers)) {
      CompletableFuture<?> fill = filled.fill(0, filled.map().count() - 1, Lane.BACKGROUND);
      Awaitility.await().until(() -> filled.has(0));
      for (int i = 0; i < 12; i++) {
        long before = scheduler.inFlightBytes(Lane.BACKGROUND);
        long asked = stats.fetchesOf(Lane.BACKGROUND);
        readSpan(read, (i * 7) % 12, sample);
        assertThat(before)
            .as("bytes of the fill before demand fetch %d", i)
            .isLessThanOrEqualTo(i == 0 ? 8 * MIB : MIB / 4);
        assertThat(stats.fetchesOf(Lane.BACKGROUND) - asked)
            .as("slices of the fill that began around demand fetch %d", i)
            .isLessThanOrEqualTo(i == 0 ? 4 : 2);
        // What was asked for while all was calm comes to its end.
        Awaitility.await().until(() -> scheduler.inFlightBytes(Lane.BACKGROUND) <= MIB / 4);
      }
      assertThat(fill).isNotDone();
      now.addAndGet(TimeUnit.SECONDS.toNanos(1));
      fill.get(60, TimeUnit.SECONDS);
    } finally {
      await(client.close());
      await(registry.close());
      await(vertx.close());
    }
  }

  private static void readSpan(LayerCache layer, int span, SampleLayer sample) throws Exception {
    int from = Math.toIntExact(layer.map().start(span));
    byte[] got = new byte[1000];
    try (Lease lease = layer.read(from, got.length, Lane.DEMAND).get(30, TimeUnit.SECONDS)) {
      lease.copyTo(MemorySegment.ofArray(got));
    }
    assertThat(got).isEqualTo(Arrays.copyOfRange(sample.tar(), from, from + got.length));
  }

  private static LayerCache open(
      ChunkCache cache,
      String key,
      SampleLayer sample,
      BlobSource source,
      FetchScheduler scheduler,
      InflateWorkers workers) {
    return cache.open(
        new LayerKey(key),
        ChunkMap.of(sample.ztoc().spans().uncompressedStarts(), sample.ztoc().uncompressedSize()),
        new SpanOrigin(sample.ztoc().spans(), source, scheduler, workers));
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.await(30, TimeUnit.SECONDS);
  }
}
