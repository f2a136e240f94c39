package dev.sluice.cache;

import static dev.sluice.cache.LayerCacheContract.readAndCheck;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers that come whole and have no origin. */
final class AdoptTest {
  private static final LayerKey KEY = new LayerKey("whole");

  @TempDir Path directory;

  private CacheOptions options() {
    return CacheOptions.in(directory).withMemoryBytes(0).withDiskReserveBytes(0);
  }

  private static void stream(StagedLayer staged, int size) throws IOException {
    byte[] bytes = Pattern.of(KEY).bytes(0, size);
    Random random = new Random(size);
    for (int at = 0; at < size; ) {
      int n = Math.min(size - at, 1 + random.nextInt(3 << 20));
      ByteBuffer part = ByteBuffer.wrap(bytes, at, n);
      staged.write(part);
      assertThat(part.hasRemaining()).isFalse();
      at += n;
    }
    assertThat(staged.size()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1 << 20, 4 << 20, (4 << 20) + 1, (9 << 20) + 12_345})
  void committed_isReadAtOnceAndAfterARestart(int size) throws Exception {
    try (ChunkCache cache = ChunkCache.open(options());
        StagedLayer staged = cache.adopt(KEY)) {
      stream(staged, size);
      try (LayerCache layer = staged.commit()) {
        assertThat(layer.map()).isEqualTo(ChunkMap.fixed(StagedLayer.CHUNK_BYTES, size));
        readAndCheck(layer, 0, size);
        assertThat(layer.bytesOnDisk()).isEqualTo(size);
      }
    }
    assertThat(directory.resolve("staging")).isEmptyDirectory();
    try (ChunkCache cache = ChunkCache.open(options());
        LayerCache layer = cache.openComplete(KEY).orElseThrow()) {
      readAndCheck(layer, 0, size);
      assertThat(cache.stats().corruptChunks()).isZero();
    }
  }

  @Test
  void committed_withOtherChunks() throws Exception {
    int size = (5 << 20) + 17;
    ChunkMap map = ChunkMap.of(new long[] {0, 1000, 3 << 20}, size);
    try (ChunkCache cache = ChunkCache.open(options())) {
      try (StagedLayer staged = cache.adopt(KEY)) {
        stream(staged, size);
        assertThatThrownBy(() -> staged.commit(ChunkMap.fixed(10, size + 1)))
            .isInstanceOf(IllegalArgumentException.class);
        try (LayerCache layer = staged.commit(map)) {
          readAndCheck(layer, 0, size);
        }
      }
      try (LayerCache layer = cache.openComplete(KEY).orElseThrow()) {
        assertThat(layer.map()).isEqualTo(map);
        readAndCheck(layer, 900, 4 << 20);
      }
    }
  }

  @Test
  void notCommitted_leavesNothing() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options())) {
      try (StagedLayer staged = cache.adopt(KEY)) {
        stream(staged, 3 << 20);
      }
      assertThat(directory.resolve("staging")).isEmptyDirectory();
      assertThat(cache.openComplete(KEY)).isEmpty();
      assertThat(cache.stats().diskBytes()).isZero();
    }
  }

  @Test
  void open_isNeverEvicted_closedIs() throws Exception {
    ChunkMap map = ChunkMap.fixed(1 << 20, 40 << 20);
    LayerKey other = new LayerKey("other");
    try (ChunkCache cache = ChunkCache.open(options().withDiskBytes(20 << 20));
        LayerCache lazy = cache.open(other, map, new PatternOrigin(other, map))) {
      LayerCache whole;
      try (StagedLayer staged = cache.adopt(KEY)) {
        stream(staged, 6 << 20);
        whole = staged.commit();
      }
      assertThat(cache.stats().diskBytes()).isEqualTo(6 << 20);
      for (int i = 0; i < 40; i++) {
        readAndCheck(lazy, (long) i << 20, 100);
        Waiting.until(() -> cache.stats().outsideBytes() == 0);
      }
      assertThat(cache.stats().diskBytes()).isEqualTo(20 << 20);
      readAndCheck(whole, 0, 6 << 20);
      whole.close();
      for (int i = 0; i < 40; i++) {
        readAndCheck(lazy, (long) i << 20, 100);
        Waiting.until(() -> cache.stats().outsideBytes() == 0);
      }
      assertThat(cache.openComplete(KEY)).isEmpty();
    }
  }

  @Test
  void noRoom_isSaid() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options().withDiskBytes(20 << 20));
        StagedLayer staged = cache.adopt(KEY)) {
      assertThatThrownBy(() -> stream(staged, 40 << 20))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nothing more can be evicted");
    }
  }

  @Test
  void corruptChunk_failsTheRead_andTheLayerIsNotWholeAnyMore() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options());
        StagedLayer staged = cache.adopt(KEY)) {
      stream(staged, 9 << 20);
      staged.commit().close();
    }
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("layers/whole.tar").toFile(), "rw")) {
      file.seek(5 << 20);
      file.write(file.read() ^ 1);
    }
    try (ChunkCache cache = ChunkCache.open(options())) {
      try (LayerCache layer = cache.openComplete(KEY).orElseThrow()) {
        readAndCheck(layer, 0, 4 << 20);
        assertThatThrownBy(() -> LayerCacheContract.get(layer.read(5 << 20, 10, Lane.DEMAND)))
            .hasMessageContaining("chunk 1 is lost on disk");
        Waiting.until(() -> layer.bytesOnDisk() == 5 << 20);
      }
      assertThat(cache.openComplete(KEY)).isEmpty();
      // Adopted anew it is whole again.
      try (StagedLayer staged = cache.adopt(KEY)) {
        stream(staged, 9 << 20);
        try (LayerCache layer = staged.commit()) {
          readAndCheck(layer, 0, 9 << 20);
        }
      }
    }
  }

  @Test
  void adoptedLayerThatIsOpen_isNotReplaced() throws Exception {
    try (ChunkCache cache = ChunkCache.open(options());
        StagedLayer first = cache.adopt(KEY);
        StagedLayer second = cache.adopt(KEY)) {
      stream(first, 100);
      stream(second, 100);
      try (LayerCache layer = first.commit()) {
        assertThatThrownBy(second::commit).isInstanceOf(IOException.class);
        readAndCheck(layer, 0, 100);
      }
    }
  }
}
