package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Origin;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LayerTableTest {
  @TempDir Path directory;

  @Test
  void itIsTheSameAsASortedMap() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Origin none = (_, _, _, _) -> {};
    try (ChunkCache cache = ChunkCache.open(CacheOptions.in(directory));
        LayerCache bytes = cache.open(new LayerKey("l"), ChunkMap.fixed(1000, 1000), none)) {
      LayerTree tree = LayerTreeBuilder.build(List.of());
      LayerTable table = LayerTable.EMPTY;
      TreeMap<Integer, MountedLayer> map = new TreeMap<>();
      for (int i = 0; i < 3000; i++) {
        int number = 1 + (random.nextInt(10) == 0 ? random.nextInt(999_999_999) : i % 60);
        if (map.containsKey(number)) {
          map.remove(number);
          table = table.without(number);
        } else {
          MountedLayer layer = new MountedLayer("layer " + i, tree, bytes);
          map.put(number, layer);
          table = table.with(number, layer);
        }
        int asked = random.nextInt(70);
        assertThat(table.get(asked)).as("seed %d", seed).isSameAs(map.get(asked));
        Integer next = map.ceilingKey(asked);
        assertThat(table.from(asked)).as("seed %d", seed).isEqualTo(next == null ? 0 : next);
        assertThat(table.all()).as("seed %d", seed).containsExactlyElementsOf(map.values());
      }
      assertThat(table.without(999_999_999 - 1).get(1L << 32)).isNull();
      assertThat(table.from(1L << 33)).isZero();
    }
  }
}
