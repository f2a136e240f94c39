package dev.sluice.soci.ztoc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random layers, compressed in random ways: what is built can be read, and reads are right. */
class ZtocPropertiesTest {
  private static final int ROUNDS = 8;
  private static final long[] SPAN_SIZES = {1, 64, 1000, 4096, 32768, 65536, 1 << 20, 4 << 20};

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void everySpanInflatesToItsBytes(long seed, @TempDir Path directory) throws IOException {
    Random random = new Random(seed);
    RandomLayers layers = new RandomLayers(random);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] tar = layers.tar(30);
      byte[] padded = Arrays.copyOf(tar, tar.length + random.nextInt(5) * 10240);
      long spanSize = SPAN_SIZES[random.nextInt(SPAN_SIZES.length)];
      boolean plain = random.nextInt(8) == 0;
      byte[] layer = plain ? padded : layers.gzip(padded);
      Layers.Built built =
          Layers.build(layer, plain ? Compression.UNCOMPRESSED : Compression.GZIP, spanSize);

      assertThat(built.decompressed()).isEqualTo(padded);
      Path file = Files.write(directory.resolve("ztoc"), built.ztoc());
      try (Ztoc fromFile = ZtocReader.open(file, Limits.DEFAULT)) {
        Ztoc fromMemory = ZtocReader.read(built.ztoc(), Limits.DEFAULT);
        assertThat(fromFile.entries()).isEqualTo(fromMemory.entries());
        assertThat(fromFile.uncompressedSize()).isEqualTo(fromMemory.uncompressedSize());
        Layers.checkSpans(fromFile, layer, padded);
        assertThat(ZtocWriter.write(fromFile)).isEqualTo(built.ztoc());
        assertThat(ZtocWriter.write(fromMemory)).isEqualTo(built.ztoc());
      }
    }
  }
}
