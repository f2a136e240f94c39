package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much memory chunks take, in the tier and outside it. */
final class MemoryBoundTest {
  private static final int CHUNK = 64 << 10;
  private static final LayerKey KEY = new LayerKey("memory");
  private static final ChunkMap MAP = ChunkMap.fixed(CHUNK, 200L * CHUNK);

  @TempDir Path directory;

  private ChunkCache open(int chunks) throws Exception {
    return ChunkCache.open(
        CacheOptions.in(directory)
            .withDiskBytes(0)
            .withWriteQueueBytes(0)
            .withMemoryBytes((long) chunks * CHUNK));
  }

  @Test
  void tier_keepsItsBound() throws Exception {
    try (ChunkCache cache = open(10);
        LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      for (int i = 0; i < 200; i++) {
        readAndCheck(layer, (long) i * CHUNK, 10);
        assertThat(cache.stats().memoryBytes()).isLessThanOrEqualTo(10 * CHUNK);
        assertThat(cache.stats().outsideBytes()).isZero();
      }
      assertThat(cache.stats().memoryEvictions()).isGreaterThanOrEqualTo(190);
    }
  }

  @Test
  void leasedChunk_staysValidAfterItsEviction() throws Exception {
    try (ChunkCache cache = open(4);
        LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      readAndCheck(layer, 0, 10);
      Lease lease = layer.tryRead(5, 1000);
      for (int i = 1; i < 100; i++) {
        readAndCheck(layer, (long) i * CHUNK, 10);
      }
      assertThat(cache.stats().outsideBytes()).isEqualTo(CHUNK);
      Pattern.of(KEY).check(lease, 5, 1000);
      lease.close();
      lease.close();
      assertThat(cache.stats().outsideBytes()).isZero();
      assertThat(layer.tryRead(5, 1000)).isNull();
    }
  }

  @Test
  void manyLeases_copyInsteadOfHoldingEverything() throws Exception {
    try (ChunkCache cache = open(4);
        LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      List<Lease> leases = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        leases.add(LayerCacheContract.get(layer.read((long) i * CHUNK + 7, 100, Lane.DEMAND)));
        // The bound of those outside, and as much again that was pinned while in the tier.
        assertThat(cache.stats().outsideBytes()).isLessThanOrEqualTo(2 * 4 * CHUNK + CHUNK);
      }
      for (int i = 0; i < 200; i++) {
        Pattern.of(KEY).check(leases.get(i), (long) i * CHUNK + 7, 100);
      }
      leases.forEach(Lease::close);
      assertThat(cache.stats().outsideBytes()).isZero();
    }
  }

  /** A policy by frequency alone turns newcomers away, and each step would fetch the chunk anew. */
  @Test
  void newChunk_isReadInSmallStepsAndFetchedOnce_whileOthersAreHot() throws Exception {
    PatternOrigin origin = new PatternOrigin(KEY, MAP);
    try (ChunkCache cache = open(16);
        LayerCache layer = cache.open(KEY, MAP, origin)) {
      for (int round = 0; round < 200; round++) {
        for (int hot = 0; hot < 14; hot++) {
          readAndCheck(layer, (long) hot * CHUNK, 10);
        }
      }
      origin.fetches.clear();
      // Three readers in step, each in a chunk of its own.
      for (int i = 20; i < 60; i += 3) {
        for (int step = 0; step < 16; step++) {
          for (int reader = 0; reader < 3; reader++) {
            readAndCheck(layer, (long) (i + reader) * CHUNK + step * 4096L, 4096);
          }
        }
      }
      assertThat(origin.chunksAsked()).isEqualTo(42);
    }
  }

  @Test
  void chunkLongerThanTheTier_isServedAndLetGo() throws Exception {
    try (ChunkCache cache =
            ChunkCache.open(
                CacheOptions.in(directory).withDiskBytes(0).withMemoryBytes(CHUNK / 2));
        LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
      readAndCheck(layer, 0, 2 * CHUNK);
      assertThat(cache.stats().memoryBytes() + cache.stats().outsideBytes()).isZero();
    }
  }

  @Test
  void closedLayer_leavesNothing() throws Exception {
    try (ChunkCache cache = open(100)) {
      try (LayerCache layer = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP))) {
        readAndCheck(layer, 0, 50 * CHUNK);
        assertThat(cache.stats().memoryBytes()).isEqualTo(50 * CHUNK);
      }
      assertThat(cache.stats().memoryBytes() + cache.stats().outsideBytes()).isZero();
    }
  }
}
