package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that fails costs fetches, never a read. */
final class DiskFaultTest {
  private static final LayerKey KEY = new LayerKey("fault");
  private static final ChunkMap MAP = ChunkMap.fixed(50_000, 500_000);

  @TempDir Path directory;
  private final FaultyFiles files = new FaultyFiles();
  private ChunkCache cache;
  private PatternOrigin origin;

  @BeforeEach
  void open() throws Exception {
    origin = new PatternOrigin(KEY, MAP);
    cache =
        ChunkCache.open(
            CacheOptions.in(directory).withMemoryBytes(0).withDiskRetry(Duration.ofMillis(1)),
            files);
  }

  @AfterEach
  void close() throws Exception {
    files.fault = (call, path) -> null;
    cache.close();
    assertThat(files.openFiles).hasValue(0);
  }

  private void readAll(LayerCache layer) throws Exception {
    for (int chunk = 0; chunk < MAP.count(); chunk++) {
      readAndCheck(layer, MAP.start(chunk), MAP.length(chunk));
    }
  }

  private void failing(String call, String suffix) {
    files.fault =
        (name, path) ->
            name.equals(call) && path.toString().endsWith(suffix)
                ? "No space left on device"
                : null;
  }

  @ParameterizedTest
  @CsvSource({"write, .tar", "write, .journal-draft", "sync, .tar"})
  void failedWrites_degradeTheTier_andItRecovers(String call, String suffix) throws Exception {
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      // A journal keeps the name that it was created with.
      failing(call, suffix);
      readAll(layer);
      Waiting.until(() -> cache.stats().outsideBytes() == 0);
      assertThat(layer.bytesOnDisk()).isZero();
      assertThat(cache.stats().diskDegraded()).isTrue();
      assertThat(cache.stats().diskErrors()).isPositive();
      assertThat(cache.stats().diskBytes()).isZero();
      readAll(layer);

      files.fault = (name, path) -> null;
      Waiting.until(() -> {
        readAll(layer);
        return layer.bytesOnDisk() == MAP.size();
      });
      assertThat(cache.stats().diskDegraded()).isFalse();
      origin.fetches.clear();
      readAll(layer);
      assertThat(origin.fetches).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"create", "resize", "map", "open"})
  void layerThatCannotBeOpened_isServedWithoutDisk(String call) throws Exception {
    if (call.equals("open")) {
      try (LayerCache layer = cache.open(KEY, MAP, origin)) {
        readAll(layer);
        Waiting.until(() -> layer.bytesOnDisk() == MAP.size());
      }
      Waiting.until(() -> files.openFiles.get() == 1);
    }
    failing(call, ".tar");
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
      assertThat(layer.bytesOnDisk()).isZero();
      assertThat(cache.stats().diskErrors()).isPositive();
    }
    files.fault = (name, path) -> null;
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
      Waiting.until(() -> layer.bytesOnDisk() == MAP.size());
    }
  }

  @Test
  void unreadableChunk_isFetchedAgain() throws Exception {
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
      Waiting.until(() -> layer.bytesOnDisk() == MAP.size());
    }
    Waiting.until(() -> files.openFiles.get() == 1); // else the layer would be shared, and checked
    failing("read", ".tar");
    origin.fetches.clear();
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAndCheckMapped(layer);
      assertThat(origin.fetches).containsExactly(new PatternOrigin.Fetch(0, 0, Lane.DEMAND));
      assertThat(cache.stats().corruptChunks()).isEqualTo(1);
    }
  }

  private static void readAndCheckMapped(LayerCache layer) throws Exception {
    try (Lease lease = LayerCacheContract.get(layer.read(0, 100, Lane.DEMAND))) {
      assertThat(lease.length()).isEqualTo(100);
    }
  }

  @Test
  void failedPunch_doesNotStopTheWriter() throws Exception {
    cache.close();
    cache =
        ChunkCache.open(
            CacheOptions.in(directory).withMemoryBytes(0).withDiskBytes(200_000), files);
    failing("punch", ".tar");
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      Waiting.until(() -> {
        readAll(layer);
        return cache.stats().diskErrors() > 3;
      });
      Waiting.until(() -> cache.stats().outsideBytes() == 0);
    }
  }

  @Test
  void stuckDisk_dropsWritesNotReads_andCloseIsBounded() throws Exception {
    cache.close();
    cache =
        ChunkCache.open(
            CacheOptions.in(directory)
                .withMemoryBytes(0)
                .withWriteQueueBytes(3 * 65_536)
                .withCloseDeadline(Duration.ofMillis(100)),
            files);
    CountDownLatch stuck = new CountDownLatch(1);
    files.fault =
        (call, path) -> {
          if (call.equals("sync") && path.toString().endsWith(".tar")) {
            try {
              assertThat(stuck.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
          return null;
        };
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
      assertThat(cache.stats().writesDroppedQueue()).isEqualTo(MAP.count() - 3);
      assertThat(cache.stats().outsideBytes()).isLessThanOrEqualTo(3 * 65_536);
      // Those that wait serve from memory.
      origin.fetches.clear();
      readAndCheck(layer, 0, 150_000);
      assertThat(origin.fetches).isEmpty();
      assertThat(layer.bytesOnDisk()).isZero();
    }
    cache.close();
    stuck.countDown();
    Waiting.until(() -> files.openFiles.get() == 0);
  }

  @Test
  void reopenedWhileWritesWait_findsTheirChunks() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    files.fault =
        (call, path) -> {
          if (call.equals("sync") && path.toString().endsWith(".tar")) {
            try {
              assertThat(stuck.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          }
          return null;
        };
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
    }
    origin.fetches.clear();
    try (LayerCache layer = cache.open(KEY, MAP, origin)) {
      readAll(layer);
      assertThat(origin.fetches).isEmpty();
    } finally {
      stuck.countDown();
    }
  }

  @Test
  void fill_waitsForASlowDisk_insteadOfDroppingWrites() throws Exception {
    cache.close();
    cache =
        ChunkCache.open(
            CacheOptions.in(directory).withMemoryBytes(0).withWriteQueueBytes(4 * 65_536), files);
    try (LayerCache layer = cache.open(KEY, MAP, origin);
        LayerCache second =
            cache.open(
                new LayerKey("second"), MAP, new PatternOrigin(new LayerKey("second"), MAP))) {
      var background = layer.fill(0, MAP.count() - 1, Lane.BACKGROUND);
      var other = second.fill(0, MAP.count() - 1, Lane.BACKGROUND);
      var hint = layer.fill(0, MAP.count() - 1, Lane.HINT);
      background.get(20, TimeUnit.SECONDS);
      other.get(20, TimeUnit.SECONDS);
      hint.get(20, TimeUnit.SECONDS);
      assertThat(layer.bytesOnDisk() + second.bytesOnDisk()).isEqualTo(2 * MAP.size());
      assertThat(cache.stats().writesDroppedQueue()).isZero();
      assertThat(origin.chunksAsked()).isEqualTo(MAP.count());
    }
  }

  @Test
  void filesOfClosedLayers_areClosed() throws Exception {
    for (int i = 0; i < 50; i++) {
      LayerKey key = new LayerKey("many-" + i);
      try (LayerCache layer = cache.open(key, MAP, new PatternOrigin(key, MAP))) {
        readAndCheck(layer, 0, 10);
      }
    }
    Waiting.until(() -> files.openFiles.get() == 1); // the lock
  }
}
