package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at any moment: what is found afterwards is right, and is found. */
final class KillTest {
  @TempDir Path directory;

  @Test
  void killedWhileWriting_24Times() throws Exception {
    killed(24);
  }

  @Test
  @Tag("slow")
  void killedWhileWriting_2000Times() throws Exception {
    killed(2000);
  }

  private void killed(int times) throws Exception {
    long seed = Long.getLong("sluice.seed", System.nanoTime());
    Random random = new Random(seed);
    long found = 0;
    for (int i = 0; i < times; i++) {
      Process writer = FillForever.start(directory, seed + i);
      try {
        assertThat(writer.getInputStream().read()).isEqualTo('.');
        // Not a wait for anything: the moment of the kill is what is random.
        assertThat(writer.waitFor(random.nextInt(150_000), TimeUnit.MICROSECONDS)).isFalse();
      } finally {
        writer.destroyForcibly();
        assertThat(writer.waitFor(20, TimeUnit.SECONDS)).isTrue();
      }
      found += check("kill %d with -Dsluice.seed=%d".formatted(i, seed));
    }
    assertThat(found).as("bytes found after the kills").isPositive();
  }

  /** Reads every chunk that is left; only the disk may answer. */
  private long check(String when) throws Exception {
    long found = 0;
    try (ChunkCache cache = ChunkCache.open(FillForever.options(directory))) {
      for (int n = 0; n < FillForever.LAYERS; n++) {
        PatternOrigin origin = new PatternOrigin(FillForever.key(n), FillForever.MAP);
        try (LayerCache layer = cache.open(FillForever.key(n), FillForever.MAP, origin)) {
          for (int chunk = 0; chunk < FillForever.MAP.count(); chunk++) {
            long start = FillForever.MAP.start(chunk);
            int length = FillForever.MAP.length(chunk);
            try (Lease lease = layer.tryRead(start, length)) {
              if (lease != null) {
                origin.pattern.check(lease, start, length);
                found += length;
              }
            }
          }
        }
      }
      assertThat(cache.stats().diskBytes()).as(when).isLessThanOrEqualTo(60L * FillForever.CHUNK);
      // A killed process loses no write: only an eviction cut in two may leave a hole.
      assertThat(cache.stats().corruptChunks()).as(when).isLessThanOrEqualTo(1);
    } catch (AssertionError e) {
      throw new AssertionError(when, e);
    }
    return found;
  }
}
