package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many readers, little room: a lease must never meet a hole or another chunk's bytes. */
final class PinRaceTest {
  private static final int CHUNK = 5000;
  private static final ChunkMap MAP = ChunkMap.fixed(CHUNK, 50L * CHUNK);

  @TempDir Path directory;

  private record Held(Lease lease, LayerKey key, long offset, int length) {}

  @Test
  void leases_stayRight_whileChunksComeAndGo() throws Exception {
    long seed = Long.getLong("sluice.seed", System.nanoTime());
    FaultyFiles files = new FaultyFiles();
    CacheOptions options =
        CacheOptions.in(directory)
            .withMemoryBytes(4 * CHUNK)
            .withDiskBytes(12 * 8192)
            .withDiskReserveBytes(0)
            .withWriteQueueBytes(10 * CHUNK)
            .withDurability(Durability.UNSYNCED);
    try (ChunkCache cache = ChunkCache.open(options, files);
        ExecutorService pool = Executors.newFixedThreadPool(8)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        Random random = new Random(seed + t);
        readers.add(
            pool.submit(() -> {
              read(cache, random);
              return null;
            }));
      }
      for (Future<?> reader : readers) {
        reader.get(100, TimeUnit.SECONDS);
      }
      assertThat(cache.stats().diskHits()).isPositive();
      assertThat(cache.stats().diskEvictionsForBound()).isPositive();
      assertThat(cache.stats().corruptChunks()).isZero();
      Waiting.until(() -> files.openFiles.get() == 1);
      assertThat(cache.stats().memoryBytes() + cache.stats().outsideBytes()).isZero();
    } catch (Exception | AssertionError e) {
      throw new AssertionError("with -Dsluice.seed=" + seed, e);
    }
  }

  private static void read(ChunkCache cache, Random random) throws Exception {
    Deque<Held> held = new ArrayDeque<>();
    for (int round = 0; round < 30; round++) {
      // Layers are opened and closed all the time too.
      LayerKey key = new LayerKey("race-" + random.nextInt(3));
      try (LayerCache layer = cache.open(key, MAP, new PatternOrigin(key, MAP))) {
        for (int i = 0; i < 100; i++) {
          long offset = random.nextLong(MAP.size() - 3 * CHUNK);
          int length = 1 + random.nextInt(i % 10 == 0 ? 3 * CHUNK : 200);
          Lease lease = layer.tryRead(offset, length);
          if (lease == null) {
            lease = LayerCacheContract.get(layer.read(offset, length, Lane.DEMAND));
          }
          held.addLast(new Held(lease, key, offset, length));
          if (held.size() > 6) {
            checkAndClose(held.removeFirst());
          }
        }
      }
    }
    for (Held last : held) {
      checkAndClose(last);
    }
  }

  private static void checkAndClose(Held held) throws Exception {
    try (Lease lease = held.lease()) {
      Pattern.of(held.key()).check(lease, held.offset(), held.length());
    }
  }
}
