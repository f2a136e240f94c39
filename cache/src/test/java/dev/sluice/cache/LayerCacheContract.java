package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every combination of tiers must do. */
abstract class LayerCacheContract {
  static final LayerKey KEY = new LayerKey("sha256-layer");
  static final ChunkMap MAP =
      ChunkMap.of(new long[] {0, 1, 5000, 70_000, 70_001, 200_000}, 300_000);

  private static final List<Lane> LANES = List.of(Lane.values());

  @TempDir Path directory;
  ChunkCache cache;
  ExecutorService pool;

  abstract CacheOptions options(Path directory);

  /** The same with so little room that it evicts all the time. */
  abstract CacheOptions cramped(Path directory);

  @BeforeEach
  void open() throws IOException {
    cache = ChunkCache.open(options(directory));
    pool = Executors.newFixedThreadPool(4);
  }

  @AfterEach
  void close() throws Exception {
    cache.close();
    pool.shutdownNow();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  static Lease get(CompletableFuture<Lease> read) throws Exception {
    return read.get(20, TimeUnit.SECONDS);
  }

  static void readAndCheck(LayerCache layer, long offset, int length) throws Exception {
    try (Lease lease = get(layer.read(offset, length, Lane.DEMAND))) {
      Pattern.of(layer.key()).check(lease, offset, length);
    }
  }

  @Test
  void read_missing_fetchesOnceAndThenNeverAgain() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP, pool);
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      assertThat(layer.tryRead(100, 50)).isNull();
      readAndCheck(layer, 100, 50);
      assertThat(origin.fetches).containsExactly(new PatternOrigin.Fetch(1, 1, Lane.DEMAND));
      for (int i = 0; i < 100; i++) {
        try (Lease lease = layer.tryRead(1 + i, 40)) {
          assertThat(lease).isNotNull();
          Pattern.of(KEY).check(lease, 1 + i, 40);
        }
      }
      assertThat(layer.has(1)).isTrue();
      assertThat(layer.has(0)).isFalse();
      assertThat(origin.fetches).hasSize(1);
    }
  }

  @Test
  void read_acrossChunks_mergesTheMissingOnes() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP, pool);
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAndCheck(layer, 70_000, 1);
      origin.fetches.clear();
      readAndCheck(layer, 0, (int) MAP.size());
      assertThat(origin.fetches)
          .containsExactly(
              new PatternOrigin.Fetch(0, 2, Lane.DEMAND),
              new PatternOrigin.Fetch(4, 5, Lane.DEMAND));
      try (Lease lease = layer.tryRead(0, (int) MAP.size())) {
        assertThat(lease).isNotNull();
        assertThat(lease.parts()).isEqualTo(MAP.count());
        Pattern.of(KEY).check(lease, 0, (int) MAP.size());
      }
    }
  }

  @Test
  void read_emptyOrOutside() throws Exception {
    try (LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      readAndCheck(layer, MAP.size(), 0);
      assertThat(layer.tryRead(0, 0)).isNotNull();
      assertThatThrownBy(() -> layer.tryRead(MAP.size(), 1))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> layer.read(-1, 1, Lane.DEMAND))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> layer.fill(0, MAP.count(), Lane.DEMAND))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
  }

  @Test
  void read_emptyLayer() throws Exception {
    ChunkMap none = ChunkMap.of(new long[0], 0);
    try (LayerCache layer = cache.open(KEY, none, new PatternOrigin(KEY, none))) {
      readAndCheck(layer, 0, 0);
    }
  }

  @Test
  void read_originFails_tellsTheCauseAndForgets() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP);
    origin.failing = chunk -> chunk == 2;
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      assertThatThrownBy(() -> get(layer.read(4000, 2000, Lane.DEMAND)))
          .hasRootCauseInstanceOf(IOException.class)
          .hasRootCauseMessage("made to fail");
      assertThat(layer.has(2)).isFalse();
      origin.failing = chunk -> false;
      readAndCheck(layer, 4000, 2000);
    }
  }

  @Test
  void fill_bringsWhatIsMissing() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP, pool);
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAndCheck(layer, 70_000, 1);
      layer.fill(0, MAP.count() - 1, Lane.BACKGROUND).get(20, TimeUnit.SECONDS);
      assertThat(origin.chunksAsked()).isEqualTo(MAP.count());
      for (int chunk = 0; chunk < MAP.count(); chunk++) {
        assertThat(layer.has(chunk)).isTrue();
      }
      readAndCheck(layer, 0, (int) MAP.size());
      assertThat(origin.chunksAsked()).isEqualTo(MAP.count());
    }
  }

  @Test
  void open_sameKeyTwice_sharesChunks() throws Exception {
    PatternOrigin one = new PatternOrigin(KEY, MAP);
    PatternOrigin two = new PatternOrigin(KEY, MAP);
    LayerCache first = cache.open(KEY, MAP, one);
    try (LayerCache second = cache.open(KEY, MAP, two)) {
      readAndCheck(first, 0, 70_000);
      first.close();
      readAndCheck(second, 0, 70_000);
      assertThat(two.fetches).isEmpty();
    }
  }

  @Test
  void open_sameKeyWithOtherChunks_isRefused() {
    try (LayerCache _ = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      ChunkMap other = ChunkMap.fixed(1000, MAP.size());
      assertThatThrownBy(() -> cache.open(KEY, other, new PatternOrigin(KEY, other)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void close_failsWaitingReads_andKeepsLeases() throws Exception {
    HeldOrigin origin = new HeldOrigin(KEY, MAP);
    LayerCache layer = cache.open(KEY, MAP, origin);
    CompletableFuture<Lease> got = layer.read(10, 4000, Lane.DEMAND);
    origin.answer(0, 1);
    try (Lease lease = get(got)) {
      CompletableFuture<Lease> waits = layer.read(100_000, 10, Lane.DEMAND);
      CompletableFuture<Void> fills = layer.fill(0, 0, Lane.HINT);
      layer.close();
      assertThat(waits).isCompletedExceptionally();
      assertThat(fills).isCompletedExceptionally();
      assertThat(layer.tryRead(10, 10)).isNull();
      Pattern.of(KEY).check(lease, 10, 4000);
      origin.answer(1, 4); // too late: must be let go of
      cache.close();
      Pattern.of(KEY).check(lease, 10, 4000);
    }
    assertThat(cache.stats().outsideBytes() + cache.stats().memoryBytes()).isZero();
  }

  @Test
  void randomReads_equalTheOracle_whileEvictingAndFailing() throws Exception {
    cache.close();
    cache = ChunkCache.open(cramped(directory));
    long seed = Long.getLong("sluice.seed", System.nanoTime());
    List<Future<?>> readers = new ArrayList<>();
    List<LayerCache> layers = new ArrayList<>();
    ExecutorService fetchers = Executors.newFixedThreadPool(2);
    try {
      for (int n = 0; n < 3; n++) {
        LayerKey key = new LayerKey("layer-" + n);
        ChunkMap map = randomMap(new Random(seed + n));
        PatternOrigin origin = new PatternOrigin(key, map, fetchers);
        Random failures = new Random(seed - n);
        origin.failing = chunk -> failures.nextInt(10) == 0;
        origin.longest = 40_000;
        layers.add(cache.open(key, map, origin));
      }
      for (int t = 0; t < 4; t++) {
        Random random = new Random(seed * 31 + t);
        readers.add(
            pool.submit(() -> {
              for (int i = 0; i < 1500; i++) {
                randomRead(layers.get(random.nextInt(layers.size())), random);
              }
              return null;
            }));
      }
      for (Future<?> reader : readers) {
        reader.get(50, TimeUnit.SECONDS);
      }
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -Dsluice.seed=" + seed, e);
    } finally {
      layers.forEach(LayerCache::close);
      fetchers.shutdownNow();
    }
  }

  private static ChunkMap randomMap(Random random) {
    long[] starts = new long[40];
    long at = 0;
    for (int i = 0; i < starts.length; i++) {
      starts[i] = at;
      at += random.nextBoolean() ? 1 + random.nextInt(30) : 1 + random.nextInt(60_000);
    }
    return ChunkMap.of(starts, at);
  }

  private static void randomRead(LayerCache layer, Random random) throws Exception {
    long offset = random.nextLong(layer.map().size());
    int length = (int) Math.min(layer.map().size() - offset, 1 + random.nextInt(50_000));
    Lease lease = layer.tryRead(offset, length);
    if (lease == null) {
      CompletableFuture<Lease> read =
          layer.read(offset, length, LANES.get(random.nextInt(LANES.size())));
      if (random.nextInt(20) == 0) {
        read.cancel(false);
        return;
      }
      try {
        lease = get(read);
      } catch (java.util.concurrent.ExecutionException e) {
        assertThat(e).hasRootCauseMessage("made to fail");
        return;
      }
    }
    try (Lease held = lease) {
      Pattern.of(layer.key()).check(held, offset, length);
    }
  }
}
