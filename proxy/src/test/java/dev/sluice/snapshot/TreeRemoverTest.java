package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deleting trees that others made. */
final class TreeRemoverTest {
  @TempDir Path directory;

  @Test
  void linksAreDeletedAndNotFollowed() throws IOException {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Files.writeString(outside.resolve("file"), "");
    Path tree = Files.createDirectories(directory.resolve("tree/a/b"));
    Files.createSymbolicLink(tree.resolve("link"), outside);
    Files.createSymbolicLink(tree.resolve("dangling"), Path.of("nowhere"));
    TreeRemover.remove(directory.resolve("tree"));
    assertThat(directory.resolve("tree")).doesNotExist();
    assertThat(outside.resolve("file")).exists();
    Path link = Files.createSymbolicLink(directory.resolve("link"), outside);
    TreeRemover.remove(link);
    assertThat(link).doesNotExist();
    assertThat(outside.resolve("file")).exists();
    TreeRemover.remove(directory.resolve("nothing"));
  }

  @Test
  void anyDepthAndAnyName() throws Exception {
    Path tree = Files.createDirectory(directory.resolve("tree"));
    // Deeper than a path can be long, and with a name that is no UTF-8.
    String make =
        "cd tree; for i in $(seq 600); do mkdir dddddddddd; touch f; cd dddddddddd; done;"
            + " touch \"$(printf 'x\\377y')\"";
    Process sh = new ProcessBuilder("sh", "-c", make).directory(directory.toFile()).start();
    assertThat(sh.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(sh.exitValue()).isZero();
    TreeRemover.remove(tree);
    assertThat(tree).doesNotExist();
  }
}
