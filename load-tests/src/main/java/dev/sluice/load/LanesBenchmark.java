package dev.sluice.load;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Lease;
import dev.sluice.embedded.Link;
import dev.sluice.fetch.FetchScheduler;
import dev.sluice.fetch.FetchStats;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.fetch.SpanOrigin;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.Ztoc;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocReader;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Demand reads of one layer while another one is filled in the background over the same link,
 * beside the same reads without a fill, in turn: median and 99th percentile of their waits.
 *
 * <p>{@code LanesBenchmark [MIB [ROUNDS [SPAN_KIB]]]}: size of the layer (256), rounds (4), size of
 * spans (1024). Each round reads every span once, in random order, with pauses of up to 40 ms
 * between reads. Needs pigz.
 */
public final class LanesBenchmark {
  private static final Link LINK = new Link(Duration.ofMillis(20), 1_000_000_000L);
  private static final int LONGEST_PAUSE_MILLIS = 40;

  private final NoiseImage image;
  private final Ztoc ztoc;
  private final Path work;
  private final RegistryClient client;

  private LanesBenchmark(NoiseImage image, Ztoc ztoc, Path work, RegistryClient client) {
    this.image = image;
    this.ztoc = ztoc;
    this.work = work;
    this.client = client;
  }

  public static void main(String[] args) throws Exception {
    int mebibytes = args.length > 0 ? Integer.parseInt(args[0]) : 256;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 4;
    int spanKib = args.length > 2 ? Integer.parseInt(args[2]) : 1024;
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-lanes-");
    try (NoiseImage image = NoiseImage.make(work, mebibytes);
        Ztoc ztoc = index(image.blob(), work, (long) spanKib << 10)) {
      RegistryClient client =
          RegistryClients.create(
              image.vertx(),
              RegistryOptions.defaults()
                  .withPlainHttp(true)
                  .withCredentials(CredentialSource.NONE));
      image.link(LINK);
      new LanesBenchmark(image, ztoc, work, client).run(rounds);
      NoiseImage.await(client.close());
    } finally {
      Shell.run("rm", "-rf", "--one-file-system", work);
    }
  }

  private static Ztoc index(Path blob, Path work, long spanSize) throws IOException {
    Path file = work.resolve("ztoc");
    try (InputStream in = Files.newInputStream(blob);
        BuiltZtoc built =
            ZtocBuilder.build(
                in,
                Compression.GZIP,
                BuildOptions.of("benchmark").withSpanSize(spanSize).withTemporaryDirectory(work));
        OutputStream out = Files.newOutputStream(file)) {
      ZtocWriter.write(built.ztoc(), out);
    }
    return ZtocReader.open(file, Limits.DEFAULT);
  }

  private void run(int rounds) throws Exception {
    round(0, false, new ArrayList<>()); // warms up the code and the connections
    List<Double> alone = new ArrayList<>();
    List<Double> filled = new ArrayList<>();
    long bytes = 0;
    double seconds = 0;
    for (int round = 1; round <= rounds; round++) {
      round(2 * round, false, alone);
      long start = System.nanoTime();
      bytes += round(2 * round + 1, true, filled);
      seconds += (System.nanoTime() - start) / 1e9;
    }
    System.out.printf(Locale.ROOT, "%d ms, %d Mbit/s, %d reads each%n", 20, 1000, alone.size());
    System.out.printf(
        Locale.ROOT, "alone:           p50 %.1f ms, p99 %.1f ms%n", at(alone, 50), at(alone, 99));
    System.out.printf(
        Locale.ROOT,
        "during the fill: p50 %.1f ms, p99 %.1f ms; filled %.1f MB/s%n",
        at(filled, 50),
        at(filled, 99),
        bytes / seconds / 1e6);
    System.out.printf(
        Locale.ROOT,
        "ratio:           p50 %.2f, p99 %.2f%n",
        at(filled, 50) / at(alone, 50),
        at(filled, 99) / at(alone, 99));
  }

  private static double at(List<Double> values, int percent) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
  }

  /** Reads all spans once; returns the bytes that were filled meanwhile. */
  private long round(int number, boolean fills, List<Double> waits)
      throws IOException, InterruptedException, ExecutionException, TimeoutException {
    Path directory = Files.createDirectories(work.resolve("cache-" + number));
    FetchStats stats = new FetchStats();
    int cpus = Math.max(2, Runtime.getRuntime().availableProcessors());
    try (InflateWorkers workers = new InflateWorkers(cpus);
        FetchScheduler scheduler = new FetchScheduler(256 << 20, stats);
        ChunkCache cache = ChunkCache.open(CacheOptions.in(directory).withDiskReserveBytes(0));
        LayerCache read = open(cache, "read", scheduler, workers)) {
      Filling filling = new Filling(cache, scheduler, workers);
      if (fills) {
        filling.next();
      }
      List<Integer> order = new ArrayList<>();
      for (int span = 0; span < ztoc.spans().count(); span++) {
        order.add(span);
      }
      Random random = new Random(number / 2);
      Collections.shuffle(order, random);
      for (int span : order) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
        long start = System.nanoTime();
        Lease lease =
            read.read(ztoc.spans().uncompressedStart(span), 512, Lane.DEMAND)
                .get(60, TimeUnit.SECONDS);
        waits.add((System.nanoTime() - start) / 1e6);
        lease.close();
      }
      return stats.inflatedBytes() - ztoc.uncompressedSize();
    } finally {
      Shell.run("rm", "-rf", directory);
    }
  }

  private LayerCache open(
      ChunkCache cache, String key, FetchScheduler scheduler, InflateWorkers workers) {
    return cache.open(
        new LayerKey(key),
        ChunkMap.of(ztoc.spans().uncompressedStarts(), ztoc.uncompressedSize()),
        new SpanOrigin(
            ztoc.spans(),
            new RegistryBlob(client, image.repository(), image.layer()),
            scheduler,
            workers));
  }

  /** Fills one layer after the other; all of them are the same blob. */
  private final class Filling {
    private final ChunkCache cache;
    private final FetchScheduler scheduler;
    private final InflateWorkers workers;
    private int number;

    Filling(ChunkCache cache, FetchScheduler scheduler, InflateWorkers workers) {
      this.cache = cache;
      this.scheduler = scheduler;
      this.workers = workers;
    }

    /** Goes on until the cache is closed. */
    void next() {
      LayerCache layer = open(cache, "fill-" + number++, scheduler, workers);
      var _ =
          layer
              .fill(0, layer.map().count() - 1, Lane.BACKGROUND)
              .whenComplete((_, failure) -> {
                layer.close();
                if (failure == null) {
                  next();
                }
              });
    }
  }
}
