package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Offsets beyond 32 bits, in a file that is nearly all hole. */
final class LargeFileTest {
  @TempDir Path directory;

  @Test
  void chunksBeyond4GiB() throws Exception {
    LayerKey key = new LayerKey("large");
    ChunkMap map = ChunkMap.fixed(100_000, (9L << 30) + 12_345);
    long[] offsets = {0, (1L << 31) - 50, (1L << 32) - 50, (9L << 30) + 12_245};
    CacheOptions options = CacheOptions.in(directory).withMemoryBytes(0);
    try (ChunkCache cache = ChunkCache.open(options);
        LayerCache layer = cache.open(key, map, new PatternOrigin(key, map))) {
      for (long offset : offsets) {
        readAndCheck(layer, offset, 100);
      }
      Waiting.until(() -> cache.stats().outsideBytes() == 0);
    }
    PatternOrigin none = new PatternOrigin(key, map);
    try (ChunkCache cache = ChunkCache.open(options);
        LayerCache layer = cache.open(key, map, none)) {
      for (long offset : offsets) {
        readAndCheck(layer, offset, 100);
      }
      assertThat(none.fetches).isEmpty();
    }
  }
}
