package dev.sluice.face;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.fetch.InflateWorkers;
import dev.sluice.layer.LayerTreeBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Waiting for faces that nobody makes; faces themselves: {@link ShownTreeTest}. */
@Timeout(60)
final class FacePatienceTest {
  /** With a bound for each layer of its own this would take ten times what the timeout allows. */
  private static final int LAYERS = 600;

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  @TempDir private Path directory;

  @Test
  void layersThatAreNeverMounted_areWaitedForTogether_andShownByFuse() throws Exception {
    FaceDirectories directories =
        new FaceDirectories(
            directory.resolve("fuse"),
            directory.resolve("names"),
            directory.resolve("whole"),
            directory.resolve("images"));
    try (ChunkCache cache =
            ChunkCache.open(CacheOptions.in(directory.resolve("cache")).withDiskBytes(0));
        InflateWorkers workers = new InflateWorkers(1);
        LayerFaces faces =
            new LayerFaces(directories, new CompletableFuture<>(), workers, PATIENCE)) {
      ShownTree shown = new ShownTree("a layer", LayerTreeBuilder.build(List.of()), layer(cache));
      long[] numbers = LongStream.rangeClosed(1, LAYERS).toArray();
      for (long number : numbers) {
        faces.show(number, shown, 1);
      }

      faces.settle(1, numbers);

      assertThat(faces.counters().failures.sum()).isEqualTo(LAYERS);
      assertThat(faces.directory(LAYERS)).isEqualTo(directory.resolve("fuse/" + LAYERS));
      assertThat(faces.status(LAYERS).face()).isEqualTo(LayerFace.FUSE);
    }
  }

  private static LayerCache layer(ChunkCache cache) throws IOException {
    return cache.open(
        new LayerKey("layer"),
        ChunkMap.fixed(4096, 8192),
        (_, _, _, _) -> {
          throw new AssertionError("nobody reads");
        });
  }
}
