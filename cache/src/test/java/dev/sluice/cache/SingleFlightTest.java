package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cache.PatternOrigin.Fetch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One fetch for all who wait, and what an origin that breaks its promises can do. */
final class SingleFlightTest {
  private static final LayerKey KEY = new LayerKey("flight");
  private static final ChunkMap MAP = ChunkMap.fixed(1000, 10_000);

  @TempDir Path directory;
  private ChunkCache cache;
  private HeldOrigin origin;
  private LayerCache layer;

  @BeforeEach
  void open() throws IOException {
    cache = ChunkCache.open(CacheOptions.in(directory).withDiskBytes(0));
    origin = new HeldOrigin(KEY, MAP);
    layer = cache.open(KEY, MAP, origin);
  }

  @AfterEach
  void close() throws IOException {
    layer.close();
    cache.close();
  }

  private void check(CompletableFuture<Lease> read, long offset, int length) throws Exception {
    assertThat(read).isDone();
    try (Lease lease = get(read)) {
      Pattern.of(KEY).check(lease, offset, length);
    }
  }

  @Test
  void overlappingReads_shareTheFetchAndEndWithTheirOwnLastChunk() throws Exception {
    var a = layer.read(0, 2500, Lane.DEMAND); // chunks 0-2
    var b = layer.read(1500, 2000, Lane.DEMAND); // 1-3
    var c = layer.read(2999, 1, Lane.DEMAND); // 2
    var d = layer.read(500, 9500, Lane.DEMAND); // 0-9
    assertThat(origin.fetches)
        .containsExactly(
            new Fetch(0, 2, Lane.DEMAND),
            new Fetch(3, 3, Lane.DEMAND),
            new Fetch(4, 9, Lane.DEMAND));

    origin.answer(0, 2);
    check(c, 2999, 1);
    assertThat(List.of(a.isDone(), b.isDone(), d.isDone())).containsOnly(false);
    origin.answer(0, 0);
    assertThat(a).isNotDone();
    origin.answer(0, 1);
    check(a, 0, 2500);
    assertThat(b).isNotDone();
    origin.answer(1, 3);
    check(b, 1500, 2000);
    for (int chunk = 9; chunk >= 4; chunk--) {
      assertThat(d).isNotDone();
      origin.answer(2, chunk);
    }
    check(d, 500, 9500);
    assertThat(origin.chunksAsked()).isEqualTo(10);
    assertThat(cache.stats().joins()).isEqualTo(2 + 1 + 4);
  }

  @Test
  void manyThreads_fetchEachChunkOnce() throws Exception {
    PatternOrigin slow =
        new PatternOrigin(KEY, MAP, CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS));
    layer.close();
    layer = cache.open(KEY, MAP, slow);
    CyclicBarrier start = new CyclicBarrier(8);
    List<Future<?>> readers = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(8)) {
      for (int t = 0; t < 8; t++) {
        int from = t * 500;
        readers.add(
            pool.submit(() -> {
              start.await();
              LayerCacheContract.readAndCheck(layer, from, 6000);
              return null;
            }));
      }
      for (Future<?> reader : readers) {
        reader.get(20, TimeUnit.SECONDS);
      }
    }
    assertThat(slow.chunksAsked()).isEqualTo(10);
  }

  @Test
  void longMiss_isSplitAtTheLongestFetch() {
    origin.longest = 3500;
    CompletableFuture<Lease> read = layer.read(0, 10_000, Lane.HINT);
    assertThat(origin.fetches)
        .containsExactly(
            new Fetch(0, 2, Lane.HINT),
            new Fetch(3, 5, Lane.HINT),
            new Fetch(6, 8, Lane.HINT),
            new Fetch(9, 9, Lane.HINT));
    read.cancel(false);
  }

  @Test
  void longestFetchBelowAChunk_stillFetches() {
    origin.longest = 1;
    CompletableFuture<Lease> read = layer.read(0, 2000, Lane.HINT);
    assertThat(origin.fetches)
        .containsExactly(new Fetch(0, 0, Lane.HINT), new Fetch(1, 1, Lane.HINT));
    read.cancel(false);
  }

  @Test
  void urgentReader_promotesWhatIsInFlight_once() throws Exception {
    CompletableFuture<Void> fill = layer.fill(0, 4, Lane.BACKGROUND);
    var hint = layer.read(1000, 1, Lane.HINT);
    var first = layer.read(1000, 2000, Lane.DEMAND);
    var second = layer.read(1000, 2000, Lane.DEMAND);
    assertThat(origin.fetches).containsExactly(new Fetch(0, 4, Lane.BACKGROUND));
    assertThat(origin.promotions).containsExactly("1 HINT", "1 DEMAND", "2 DEMAND");
    for (int chunk = 0; chunk < 5; chunk++) {
      origin.answer(0, chunk);
    }
    check(hint, 1000, 1);
    check(first, 1000, 2000);
    check(second, 1000, 2000);
    fill.get(5, TimeUnit.SECONDS);
  }

  @Test
  void promotionWhileTheFetchIsBeingHandedOver_isNotLost() throws Exception {
    List<CompletableFuture<Lease>> inner = new ArrayList<>();
    HeldOrigin reentrant =
        new HeldOrigin(KEY, MAP) {
          @Override
          public void fetch(int first, int last, Lane lane, Sink sink) {
            super.fetch(first, last, lane, sink);
            inner.add(layer.read(0, 1, Lane.DEMAND));
          }
        };
    layer.close();
    layer = cache.open(KEY, MAP, reentrant);
    CompletableFuture<Void> fill = layer.fill(0, 0, Lane.BACKGROUND);
    assertThat(reentrant.promotions).containsExactly("0 DEMAND");
    reentrant.answer(0, 0);
    check(inner.getFirst(), 0, 1);
    fill.get(5, TimeUnit.SECONDS);
  }

  @Test
  void cancelledRead_leavesTheChunkToTheCache() throws Exception {
    var read = layer.read(0, 1500, Lane.DEMAND);
    origin.answer(0, 0);
    read.cancel(false);
    origin.answer(0, 1);
    try (Lease lease = layer.tryRead(0, 2000)) {
      assertThat(lease).isNotNull();
    }
    assertThat(cache.stats().outsideBytes()).isZero();
  }

  @Test
  void failure_endsWhoWaitsForThatChunkOnly() throws Exception {
    origin.failing = chunk -> chunk == 1;
    var both = layer.read(0, 2000, Lane.DEMAND);
    var other = layer.read(0, 1000, Lane.DEMAND);
    origin.answer(0, 1);
    assertThat(both).isCompletedExceptionally();
    assertThat(other).isNotDone();
    origin.answer(0, 0);
    check(other, 0, 1000);
    assertThat(cache.stats().outsideBytes()).isZero();
  }

  // ---- broken promises

  @Test
  void answeredTwice_secondIsIgnored() throws Exception {
    var read = layer.read(0, 1000, Lane.DEMAND);
    origin.answer(0, 0);
    origin.answer(0, 0);
    origin.sinks.getFirst().failed(0, new IOException("late"));
    check(read, 0, 1000);
    assertThat(cache.stats().originFaults()).isEqualTo(2);
    layer.close();
    assertThat(cache.stats().memoryBytes() + cache.stats().outsideBytes()).isZero();
  }

  @Test
  void wrongLength_failsTheRead() throws Exception {
    var read = layer.read(0, 1000, Lane.DEMAND);
    origin.sinks.getFirst().arrived(0, VerifiedChunk.from(999, to -> {}));
    assertThatThrownBy(() -> get(read))
        .hasMessageContaining("brought 999 bytes for chunk 0 of 1000");
    assertThat(layer.has(0)).isFalse();
  }

  @Test
  void chunkOutsideTheInterval_isIgnored() {
    var asked = layer.read(0, 1000, Lane.DEMAND);
    origin.sinks.getFirst().arrived(5, VerifiedChunk.from(1000, to -> {}));
    origin.sinks.getFirst().arrived(-1, VerifiedChunk.from(1000, to -> {}));
    assertThat(layer.has(5)).isFalse();
    assertThat(asked).isNotDone();
    assertThat(cache.stats().originFaults()).isEqualTo(2);
  }

  @Test
  void fetchThatThrows_failsWhatItHasNotBrought() throws Exception {
    PatternOrigin throwing =
        new PatternOrigin(KEY, MAP) {
          @Override
          public void fetch(int first, int last, Lane lane, Sink sink) {
            bring(first, sink);
            throw new IllegalStateException("broken");
          }
        };
    layer.close();
    layer = cache.open(KEY, MAP, throwing);
    assertThatThrownBy(() -> get(layer.read(0, 2000, Lane.DEMAND))).hasRootCauseMessage("broken");
    LayerCacheContract.readAndCheck(layer, 0, 1000);
    LayerCacheContract.readAndCheck(layer, 1000, 1000);
  }

  @Test
  void neverAnswered_failsInBoundedTime_andTheNextReadAsksAgain() throws Exception {
    layer.close();
    cache.close();
    cache =
        ChunkCache.open(
            CacheOptions.in(directory).withDiskBytes(0).withOriginDeadline(Duration.ofMillis(50)));
    layer = cache.open(KEY, MAP, origin);
    CompletableFuture<Void> fill = layer.fill(3, 3, Lane.BACKGROUND);
    var read = layer.read(0, 2000, Lane.DEMAND);
    origin.answer(1, 1);
    assertThatThrownBy(() -> get(read)).hasMessageContaining("did not answer in time");
    var again = layer.read(0, 2000, Lane.DEMAND);
    origin.answer(1, 0); // the late answer of the old fetch
    assertThat(origin.fetches).contains(new Fetch(0, 0, Lane.DEMAND));
    origin.answer(2, 0);
    check(again, 0, 2000);
    assertThatThrownBy(() -> fill.get(20, TimeUnit.SECONDS)).hasMessageContaining("in time");
    assertThat(cache.stats().outsideBytes()).isZero();
  }
}
