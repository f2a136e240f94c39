package dev.sluice.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StateDirectoryTest {
  @TempDir Path directory;

  @Test
  void isTheOwnersAlone() throws IOException {
    StateDirectory state = new StateDirectory(directory.resolve("var/sluice"));
    StateDirectory.make(state.cache());
    StateDirectory.make(state.profiles());
    StateDirectory.make(state.layers());
    try (Stream<Path> all = Files.walk(state.root())) {
      List<Path> made = all.toList();
      assertThat(made).hasSizeGreaterThan(5);
      for (Path path : made) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as(path.toString())
            .isEqualTo("rwx------");
      }
    }
  }

  @Test
  void isItsRealPath_whereMountsAreFound() throws IOException {
    Path disk = Files.createDirectories(directory.resolve("disk/sluice"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("disk"));
    assertThat(new StateDirectory(link.resolve("sluice")).root()).isEqualTo(disk.toRealPath());
  }
}
