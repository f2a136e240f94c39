package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.linux.SparseFile;
import dev.sluice.cache.linux.SparseFiles;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which chunks go when the disk tier is full. */
final class EvictionTest {
  private static final int CHUNK = 16 << 10;
  private static final ChunkMap MAP = ChunkMap.fixed(CHUNK, 64 * CHUNK);

  @TempDir Path directory;

  private CacheOptions options(int chunks) {
    return CacheOptions.in(directory)
        .withMemoryBytes(0)
        .withDiskBytes((long) chunks * CHUNK)
        .withDiskReserveBytes(0)
        .withDurability(Durability.UNSYNCED)
        .withFreshTime(java.time.Duration.ZERO);
  }

  private static LayerCache open(ChunkCache cache, String name) {
    LayerKey key = new LayerKey(name);
    return cache.open(key, MAP, new PatternOrigin(key, MAP));
  }

  /** Reads a chunk, and waits until the writer is done with it. */
  private static void use(ChunkCache cache, LayerCache layer, int chunk) throws Exception {
    readAndCheck(layer, (long) chunk * CHUNK, CHUNK);
    Waiting.until(() -> cache.stats().outsideBytes() == 0);
  }

  private static int count(LayerCache layer, int first, int last) {
    int there = 0;
    for (int chunk = first; chunk <= last; chunk++) {
      there += layer.has(chunk) ? 1 : 0;
    }
    return there;
  }

  @Test
  void bound_isKept_onTheDiskToo() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(10));
        LayerCache layer = open(cache, "a");
        LayerCache other = open(cache, "b")) {
      for (int i = 0; i < 64; i++) {
        use(cache, layer, i);
        use(cache, other, i);
        assertThat(cache.stats().diskBytes()).isLessThanOrEqualTo(10 * CHUNK);
      }
      assertThat(layer.bytesOnDisk() + other.bytesOnDisk()).isEqualTo(10 * CHUNK);
      assertThat(cache.stats().diskEvictionsForBound()).isEqualTo(2 * 64 - 10);
      try (SparseFile a = SparseFiles.host().open(directory.resolve("layers/a.tar"));
          SparseFile b = SparseFiles.host().open(directory.resolve("layers/b.tar"))) {
        assertThat(a.allocated() + b.allocated()).isLessThanOrEqualTo(10 * CHUNK + 32_768);
      }
    }
  }

  @Test
  void boundInBlocks_holdsForChunksThatShareBlocks() throws Exception {
    ChunkMap odd = ChunkMap.fixed(777, 777 * 300);
    LayerKey key = new LayerKey("odd");
    try (ChunkCache cache = ChunkCache.open(options(2));
        LayerCache layer = cache.open(key, odd, new PatternOrigin(key, odd))) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 300; i++) {
          readAndCheck(layer, (i * 7L % 300) * 777, 777);
        }
      }
      Waiting.until(() -> cache.stats().outsideBytes() == 0);
      assertThat(cache.stats().diskBytes()).isBetween(1L, 2L * CHUNK).matches(n -> n % 4096 == 0);
      try (SparseFile file = SparseFiles.host().open(directory.resolve("layers/odd.tar"))) {
        assertThat(file.allocated()).isLessThanOrEqualTo(2 * CHUNK + 16_384);
      }
    }
  }

  @Test
  void oneScan_doesNotEvictWhatIsUsedAgain() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(20));
        LayerCache hot = open(cache, "hot");
        LayerCache scanned = open(cache, "scanned")) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 8; i++) {
          use(cache, hot, i);
        }
      }
      for (int i = 0; i < 64; i++) {
        use(cache, scanned, i);
        if (i % 8 == 7) {
          use(cache, hot, i / 8);
        }
      }
      assertThat(count(hot, 0, 7)).isEqualTo(8);
      assertThat(scanned.has(63)).isTrue();
    }
  }

  @Test
  void leasedChunk_staysUntilTheLeaseIsClosed() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(4));
        LayerCache layer = open(cache, "leased")) {
      use(cache, layer, 0);
      Lease lease = layer.tryRead(0, CHUNK);
      for (int i = 1; i < 64; i++) {
        use(cache, layer, i);
      }
      assertThat(layer.has(0)).isTrue();
      Pattern.of(layer.key()).check(lease, 0, CHUNK);
      lease.close();
      for (int i = 1; i < 64; i++) {
        use(cache, layer, i);
        use(cache, layer, i); // twice: or it would be a scan, and chunk 0 was read twice
      }
      assertThat(layer.has(0)).isFalse();
    }
  }

  @Test
  void allLeased_writesAreDroppedAndReadsGoOn() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(2));
        LayerCache layer = open(cache, "all")) {
      use(cache, layer, 0);
      use(cache, layer, 1);
      try (Lease lease = layer.tryRead(0, 2 * CHUNK)) {
        for (int i = 2; i < 10; i++) {
          use(cache, layer, i);
        }
        Pattern.of(layer.key()).check(lease, 0, 2 * CHUNK);
      }
      assertThat(cache.stats().writesDroppedSpace()).isEqualTo(8);
      use(cache, layer, 11);
      assertThat(layer.has(11)).isTrue();
    }
  }

  @Test
  void closedLayers_goFirst_leastRecentlyClosedBeforeTheOthers() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(10))) {
      for (String name : new String[] {"old", "new"}) {
        try (LayerCache layer = open(cache, name)) {
          for (int i = 0; i < 3; i++) {
            use(cache, layer, i);
          }
        }
      }
      try (LayerCache layer = open(cache, "open")) {
        for (int i = 0; i < 5; i++) {
          use(cache, layer, i);
        }
        assertThat(directory.resolve("layers/old.tar")).doesNotExist();
        assertThat(directory.resolve("layers/new.tar")).exists();
        assertThat(count(layer, 0, 4)).isEqualTo(5);
        assertThat(cache.stats().layersEvicted()).isEqualTo(1);
      }
    }
  }

  @Test
  void order_survivesARestart() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(12))) {
      for (String name : new String[] {"x", "y"}) {
        try (LayerCache layer = open(cache, name)) {
          for (int i = 0; i < 5; i++) {
            use(cache, layer, i);
          }
        }
      }
      try (LayerCache layer = open(cache, "x")) {
        use(cache, layer, 0); // x is the younger now
      }
    }
    try (ChunkCache cache = ChunkCache.open(options(12));
        LayerCache layer = open(cache, "z")) {
      for (int i = 0; i < 4; i++) {
        use(cache, layer, i);
      }
      assertThat(directory.resolve("layers/y.tar")).doesNotExist();
      assertThat(directory.resolve("layers/x.tar")).exists();
    }
  }

  @Test
  void smallerBound_isEnforcedAtStart() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options(20));
        LayerCache layer = open(cache, "big")) {
      for (int i = 0; i < 20; i++) {
        use(cache, layer, i);
      }
    }
    try (ChunkCache cache = ChunkCache.open(options(4))) {
      Waiting.until(() -> cache.stats().diskBytes() <= 4 * CHUNK);
    }
  }

  @Test
  void reserve_isLeftFree() throws Exception {
    FaultyFiles files = new FaultyFiles();
    files.usable = () -> 100L * CHUNK;
    try (ChunkCache cache =
            ChunkCache.open(options(1000).withDiskReserveBytes(90L * CHUNK), files);
        LayerCache layer = open(cache, "reserve")) {
      for (int i = 0; i < 8; i++) {
        use(cache, layer, i);
      }
      assertThat(count(layer, 0, 7)).isEqualTo(8);
      files.usable = () -> 88L * CHUNK; // somebody else took space: three chunks must go for one
      use(cache, layer, 20);
      assertThat(cache.stats().diskEvictionsForReserve()).isEqualTo(3);
      assertThat(count(layer, 0, 20)).isEqualTo(6);
      files.usable = () -> 0L;
      use(cache, layer, 30);
      assertThat(layer.bytesOnDisk()).isZero();
      assertThat(cache.stats().writesDroppedSpace()).isEqualTo(1);
      files.usable = () -> 100L * CHUNK;
      use(cache, layer, 31);
      assertThat(layer.has(31)).isTrue();
    }
  }
}
