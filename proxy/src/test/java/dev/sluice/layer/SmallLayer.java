package dev.sluice.layer;

import dev.sluice.cache.CacheOptions;
import dev.sluice.cache.ChunkCache;
import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.fuse.ReadOnlyFs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A file system of one layer, number 1, whose bytes are zeros and come at once. */
public final class SmallLayer {
  private static final int TAR_BYTES = 64 << 10;

  private SmallLayer() {}

  /** Lives as long as the process. */
  public static ReadOnlyFs shown() {
    Entries entries = new Entries();
    LayerTree tree =
        LayerTreeBuilder.build(
            List.of(
                entries.file("f", 0644, 20_000),
                entries.withXattr("g", "user.x", "value"),
                entries.dir("d/", 0755),
                entries.symlink("d/l", "../f"),
                entries.device("d/c", 1, 3)));
    LayersFs fs = new LayersFs(Duration.ofSeconds(10), new ReadLog());
    fs.add(new MountedLayer("small", tree, bytes()));
    return fs;
  }

  private static LayerCache bytes() {
    try {
      Path directory = Files.createTempDirectory("sluice-small");
      ChunkCache cache =
          ChunkCache.open(CacheOptions.in(directory).withMemoryBytes(16 << 10).withDiskBytes(0));
      return cache.open(new LayerKey("small"), ChunkMap.fixed(4096, TAR_BYTES), new Zeros());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Zeros implements Origin {
    @Override
    public void fetch(int first, int last, Lane lane, Sink sink) {
      for (int chunk = first; chunk <= last; chunk++) {
        sink.arrived(chunk, VerifiedChunk.from(4096, place -> place.fill((byte) 0)));
      }
    }
  }
}
