package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.linux.SparseFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What may come in, and what goes for it: by who asked for a chunk and who uses its layer. */
final class AdmissionTest {
  private static final int CHUNK = 16 << 10;
  private static final int CHUNKS = 256;
  private static final ChunkMap MAP = ChunkMap.fixed(CHUNK, CHUNKS * CHUNK);
  private static final Duration FRESH = Duration.ofSeconds(30);

  @TempDir Path directory;
  private final AtomicLong clock = new AtomicLong();

  private CacheOptions options(int chunks) {
    return CacheOptions.in(directory)
        .withMemoryBytes(0)
        .withDiskBytes((long) chunks * CHUNK)
        .withDiskReserveBytes(0)
        .withDurability(Durability.UNSYNCED)
        .withFreshTime(FRESH);
  }

  private ChunkCache open(CacheOptions options) throws Exception {
    return ChunkCache.open(options, SparseFiles.host(), clock::get);
  }

  /** A layer and who brings it. */
  private record Opened(LayerCache bytes, PatternOrigin origin) {
    int asked() {
      return origin.chunksAsked();
    }
  }

  private static Opened layer(ChunkCache cache, String name) {
    LayerKey key = new LayerKey(name);
    PatternOrigin origin = new PatternOrigin(key, MAP);
    return new Opened(cache.open(key, MAP, origin), origin);
  }

  private static void settle(ChunkCache cache) {
    Waiting.until(() -> cache.stats().outsideBytes() == 0);
  }

  /** As a program reads: in small steps. */
  private static void read(ChunkCache cache, Opened layer, int first, int last) throws Exception {
    for (int chunk = first; chunk <= last; chunk++) {
      for (int part = 0; part < 4; part++) {
        readAndCheck(layer.bytes(), (long) chunk * CHUNK + part * CHUNK / 4, CHUNK / 4);
      }
      settle(cache);
    }
  }

  private static void fill(ChunkCache cache, Opened layer, int first, int last, Lane lane)
      throws Exception {
    CompletableFuture<@Nullable Void> filled = layer.bytes().fill(first, last, lane);
    filled.get(20, TimeUnit.SECONDS);
    settle(cache);
  }

  private static int count(Opened layer, int first, int last) {
    int there = 0;
    for (int chunk = first; chunk <= last; chunk++) {
      there += layer.bytes().onDisk(chunk) ? 1 : 0;
    }
    return there;
  }

  /** What came is no longer fresh. */
  private void pass(ChunkCache cache) throws Exception {
    clock.addAndGet(FRESH.toNanos());
    cache.age().get(20, TimeUnit.SECONDS);
  }

  @Test
  void aScanLargerThanTheCache_refetchesNothingThatIsReadAgain() throws Exception {
    try (ChunkCache cache = open(options(100))) {
      Opened hot = layer(cache, "hot");
      Opened scanned = layer(cache, "scanned");
      read(cache, hot, 0, 39);
      pass(cache);
      read(cache, hot, 0, 39);
      read(cache, scanned, 0, 255);
      pass(cache);
      read(cache, scanned, 0, 255);
      read(cache, hot, 0, 39);
      assertThat(hot.asked()).as("chunks of the hot layer that were fetched").isEqualTo(40);
      assertThat(cache.stats().evictedRead()).isEqualTo(2 * 256 - 60);
    }
  }

  @Test
  void theBackground_takesFreeRoomOnly() throws Exception {
    try (ChunkCache cache = open(options(50))) {
      Opened read = layer(cache, "read");
      Opened filled = layer(cache, "filled");
      read(cache, read, 0, 19);
      assertThat(cache.roomForBackground()).isEqualTo(30L * CHUNK);
      fill(cache, filled, 0, 99, Lane.BACKGROUND);
      assertThat(count(read, 0, 19)).isEqualTo(20);
      assertThat(filled.bytes().bytesOnDisk()).isEqualTo(30L * CHUNK);
      assertThat(cache.roomForBackground()).isZero();
      assertThat(cache.stats().writesDroppedBackground()).isEqualTo(70);
      assertThat(cache.stats().diskEvictionsForBound()).isZero();
    }
  }

  @Test
  void theBackground_takesTheRoomOfLayersThatNobodyHasOpen() throws Exception {
    try (ChunkCache cache = open(options(50))) {
      Opened closed = layer(cache, "closed");
      read(cache, closed, 0, 29);
      closed.bytes().close();
      Opened filled = layer(cache, "filled");
      assertThat(cache.roomForBackground()).isEqualTo(50L * CHUNK);
      fill(cache, filled, 0, 39, Lane.BACKGROUND);
      assertThat(count(filled, 0, 39)).isEqualTo(40);
      assertThat(cache.stats().layersEvicted()).isEqualTo(1);
    }
  }

  @Test
  void whatTheBackgroundBrought_goesFirst_thenHintsInVain_thenWhatWasRead() throws Exception {
    try (ChunkCache cache = open(options(60))) {
      Opened layer = layer(cache, "layer");
      Opened reader = layer(cache, "reader");
      read(cache, layer, 0, 19);
      fill(cache, layer, 20, 39, Lane.HINT);
      fill(cache, layer, 40, 59, Lane.BACKGROUND);
      read(cache, layer, 25, 25); // hints that came true
      read(cache, layer, 45, 45); // and so did this

      read(cache, reader, 0, 18);
      assertThat(count(layer, 40, 59)).isEqualTo(1);
      assertThat(count(layer, 0, 39)).isEqualTo(40);
      read(cache, reader, 19, 37);
      assertThat(count(layer, 20, 39)).isEqualTo(1);
      assertThat(count(layer, 0, 19)).isEqualTo(20);
      assertThat(layer.bytes().onDisk(45)).isTrue();
      assertThat(cache.stats().evictedFilled()).isEqualTo(19);
      assertThat(cache.stats().evictedHinted()).isEqualTo(19);
      assertThat(cache.stats().evictedRead()).isZero();
    }
  }

  @Test
  void theBackground_passesTheMemoryTier() throws Exception {
    try (ChunkCache cache = open(options(50).withMemoryBytes(40L * CHUNK))) {
      Opened layer = layer(cache, "layer");
      read(cache, layer, 0, 19);
      long before = cache.stats().memoryBytes();
      assertThat(before).isPositive();
      fill(cache, layer, 20, 49, Lane.BACKGROUND);
      assertThat(cache.stats().memoryBytes()).isEqualTo(before);
      assertThat(count(layer, 20, 49)).isEqualTo(30);
    }
  }

  @Test
  void layersOfContainers_goAfterAllOthers() throws Exception {
    try (ChunkCache cache = open(options(40))) {
      Opened running = layer(cache, "running");
      Opened idle = layer(cache, "idle");
      read(cache, running, 0, 19);
      read(cache, idle, 0, 19);
      pass(cache);
      read(cache, idle, 0, 19);
      cache.running(Set.of(running.bytes().key(), new LayerKey("reader")));
      Opened reader = layer(cache, "reader");
      read(cache, reader, 0, 19);
      assertThat(count(idle, 0, 19)).isZero();
      assertThat(count(running, 0, 19)).isEqualTo(20);
      cache.running(Set.of(reader.bytes().key()));
      read(cache, reader, 20, 29);
      assertThat(count(running, 0, 19)).isEqualTo(10);
    }
  }

  @Test
  void pinnedLayers_stay_openOrClosed_alsoAfterARestart() throws Exception {
    LayerKey pinned = new LayerKey("pinned");
    try (ChunkCache cache = open(options(40))) {
      Opened layer = layer(cache, "pinned");
      read(cache, layer, 0, 19);
      cache.pin(Set.of(pinned));
      Opened reader = layer(cache, "reader");
      read(cache, reader, 0, 99);
      assertThat(count(layer, 0, 19)).isEqualTo(20);
      assertThat(cache.stats().pinnedBytes()).isEqualTo(20L * CHUNK);
      layer.bytes().close();
      read(cache, reader, 100, 199);
      assertThat(cache.collect()).isEmpty();
      assertThat(cache.stats().pinnedBytes()).isEqualTo(20L * CHUNK);
    }
    try (ChunkCache cache = open(options(30))) { // a smaller bound
      Opened reader = layer(cache, "other");
      read(cache, reader, 0, 99);
      Opened layer = layer(cache, "pinned");
      assertThat(count(layer, 0, 19)).isEqualTo(20);
      cache.pin(Set.of());
      read(cache, reader, 100, 199);
      assertThat(count(layer, 0, 19)).isZero();
    }
  }

  @Test
  void collect_dropsWhatNobodyHasOpen() throws Exception {
    try (ChunkCache cache = open(options(100))) {
      Opened gone = layer(cache, "gone");
      read(cache, gone, 0, 9);
      gone.bytes().close();
      Opened used = layer(cache, "used");
      read(cache, used, 0, 9);
      assertThat(cache.collect()).containsOnlyKeys(new LayerKey("gone")).containsValue(10L * CHUNK);
      assertThat(directory.resolve("layers/gone.tar")).doesNotExist();
      assertThat(cache.stats().diskBytes()).isEqualTo(10L * CHUNK);
      assertThat(cache.collect()).isEmpty();
    }
  }

  @Test
  void whyAChunkIsThere_survivesARestart() throws Exception {
    try (ChunkCache cache = open(options(60))) {
      Opened layer = layer(cache, "layer");
      read(cache, layer, 0, 9);
      fill(cache, layer, 10, 19, Lane.HINT);
      fill(cache, layer, 20, 39, Lane.BACKGROUND);
      read(cache, layer, 30, 34);
    }
    try (ChunkCache cache = open(options(60))) {
      Opened layer = layer(cache, "layer");
      assertThat(layer.bytes().wasRead(0)).isTrue();
      assertThat(layer.bytes().wasRead(10)).isFalse();
      assertThat(layer.bytes().wasRead(29)).isFalse();
      assertThat(layer.bytes().wasRead(30)).isTrue();
      Opened reader = layer(cache, "reader");
      read(cache, reader, 0, 34);
      assertThat(count(layer, 20, 29) + count(layer, 35, 39)).isZero();
      assertThat(count(layer, 0, 19)).isEqualTo(20);
      assertThat(count(layer, 30, 34)).isEqualTo(5);
    }
  }
}
