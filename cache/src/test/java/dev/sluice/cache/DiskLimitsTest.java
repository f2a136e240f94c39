package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.get;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The limits of the disk while many threads read, hint and fill at once. */
final class DiskLimitsTest {
  private static final int CHUNK = 16 << 10;
  private static final ChunkMap MAP = ChunkMap.fixed(CHUNK, 256 * CHUNK);
  private static final int THREADS = 8;
  private static final int ROUNDS = 150;

  @TempDir Path directory;

  static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }

  private static CacheOptions options(Path directory, long bytes) {
    return CacheOptions.in(directory)
        .withMemoryBytes(8L * CHUNK)
        .withDiskBytes(bytes)
        .withDiskReserveBytes(0)
        .withWriteQueueBytes(16L * CHUNK)
        .withDiskRetry(Duration.ofMillis(1))
        .withDurability(Durability.UNSYNCED)
        .withFreshTime(Duration.ZERO);
  }

  /** What each layer's file has allocated. */
  private static List<Long> allocated(Path directory) throws IOException {
    List<Long> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".tar")).toList()) {
        try (var open = dev.sluice.cache.linux.SparseFiles.host().open(file)) {
          all.add(open.allocated());
        }
      }
    }
    return all;
  }

  /** Reads as many containers would, and checks every byte; other lanes bring chunks meanwhile. */
  private static void storm(ChunkCache cache, long seed) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> running = new ArrayList<>();
    for (int thread = 0; thread < THREADS; thread++) {
      long own = seed + thread;
      running.add(
          threads.submit(() -> {
            Random random = new Random(own);
            LayerKey key = new LayerKey("layer-" + random.nextInt(3));
            try (LayerCache layer = cache.open(key, MAP, new PatternOrigin(key, MAP))) {
              for (int round = 0; round < ROUNDS; round++) {
                int chunk = random.nextInt(MAP.count() - 4);
                if (round % 10 == 0) {
                  Lane lane = random.nextBoolean() ? Lane.HINT : Lane.BACKGROUND;
                  var _ = layer.fill(chunk, chunk + 3, lane);
                }
                long offset = (long) chunk * CHUNK + random.nextInt(CHUNK);
                int length = 1 + random.nextInt(2 * CHUNK);
                try (Lease lease = get(layer.read(offset, length, Lane.DEMAND))) {
                  Pattern.of(key).check(lease, offset, length);
                }
              }
            }
            return null;
          }));
    }
    try {
      for (Future<?> each : running) {
        each.get(60, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void theDirectory_neverGrowsBeyondTheBound() throws Exception {
    long seed = System.nanoTime();
    long bound = 100L * CHUNK;
    AtomicLong counted = new AtomicLong();
    AtomicLong most = new AtomicLong();
    try (ChunkCache cache = ChunkCache.open(options(directory, bound))) {
      Thread sampler =
          Thread.ofPlatform()
              .start(() -> {
                while (!Thread.currentThread().isInterrupted()) {
                  counted.accumulateAndGet(cache.stats().diskBytes(), Math::max);
                  try {
                    // One by one: they can't be looked at at once, and chunks move between them.
                    allocated(directory).forEach(each -> most.accumulateAndGet(each, Math::max));
                  } catch (IOException | java.io.UncheckedIOException e) {
                    // A layer was deleted while we looked.
                  }
                }
              });
      storm(cache, seed);
      sampler.interrupt();
      sampler.join(10_000);
    }
    assertThat(counted.get()).as("seed %d", seed).isBetween(bound / 2, bound);
    assertThat(most.get())
        .as("seed %d", seed)
        .isBetween(1L, bound + options(directory, bound).writeQueueBytes());
    long left = allocated(directory).stream().mapToLong(Long::longValue).sum();
    assertThat(left).as("seed %d", seed).isBetween(1L, bound);
  }

  @Test
  @EnabledIf(value = "isRoot", disabledReason = "mounting a small file system needs root")
  void aFullFileSystem_isNoErrorForReaders() throws Exception {
    long seed = System.nanoTime();
    run("mount", "-t", "tmpfs", "-o", "size=1m", "small", directory.toString());
    try (ChunkCache cache = ChunkCache.open(options(directory, 1L << 30))) {
      storm(cache, seed);
      assertThat(cache.stats().diskWrites()).as("seed %d", seed).isPositive();
      assertThat(cache.stats().diskEvictionsForReserve()).isPositive();
      // Somebody else takes all that is left.
      byte[] block = new byte[4096];
      try (var hog = Files.newOutputStream(directory.resolve("hog"))) {
        for (int i = 0; i < 1024; i++) {
          hog.write(block);
        }
      } catch (IOException full) {
        assertThat(full).hasMessageContaining("No space left");
      }
      storm(cache, seed + THREADS);
    } finally {
      run("umount", "-l", directory.toString());
    }
  }

  private static void run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).inheritIO().start();
    assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
