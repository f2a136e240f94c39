package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CacheDirectoryTest {
  private static final LayerKey KEY = new LayerKey("files");
  private static final ChunkMap MAP = ChunkMap.fixed(1000, 10_000);

  @TempDir Path directory;

  @Test
  void files_areTheOwnersOnly() throws Exception {
    Path root = directory.resolve("a/b");
    try (ChunkCache cache = ChunkCache.open(CacheOptions.in(root));
        LayerCache _ = cache.open(KEY, MAP, new PatternOrigin(KEY, MAP));
        StagedLayer _ = cache.adopt(new LayerKey("staged"));
        var all = Files.walk(root)) {
      for (Path path : all.toList()) {
        String expected = Files.isDirectory(path) ? "rwx------" : "rw-------";
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as(path.toString())
            .isEqualTo(expected);
      }
      assertThat(root.resolve("layers/files.tar")).exists();
    }
  }

  @Test
  void secondCache_isRefused_inThisProcess() throws Exception {
    CacheOptions options = CacheOptions.in(directory);
    try (ChunkCache _ = ChunkCache.open(options)) {
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> ChunkCache.open(options))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("another process uses it (pid " + ProcessHandle.current().pid());
      }
    }
    ChunkCache.open(options).close();
  }

  @Test
  void secondCache_isRefused_inAnotherProcess() throws Exception {
    Process other = FillForever.start(directory, 1);
    try {
      assertThat(other.getInputStream().read()).isEqualTo('.');
      assertThatThrownBy(() -> ChunkCache.open(CacheOptions.in(directory)))
          .hasMessageContaining("another process uses it (pid " + other.pid());
    } finally {
      other.destroyForcibly();
      assertThat(other.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    ChunkCache.open(CacheOptions.in(directory)).close();
  }

  @Test
  void directoryThatCannotBeWritten_isSaid() {
    // Root may write anywhere but here.
    Path root = Path.of("/proc/sluice");
    assertThatThrownBy(() -> ChunkCache.open(CacheOptions.in(root)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("open cache directory /proc/sluice: can't write there");
  }
}
