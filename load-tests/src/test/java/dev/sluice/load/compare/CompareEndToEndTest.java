package dev.sluice.load.compare;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.NeedsRoot;
import dev.sluice.load.Program;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole command on the smallest image. */
@NeedsRoot
final class CompareEndToEndTest {
  private static Path directory;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeAll
  static void make() throws IOException {
    directory = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-compare-test-");
  }

  @AfterAll
  static void remove() {
    Program.run(Duration.ofMinutes(1), "rm", "-rf", "--one-file-system", directory);
  }

  private int compare(String... arguments) {
    return CompareMain.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        arguments);
  }

  @Test
  void nothingDiffersByAnyFace() {
    int exit = compare("--directory", directory.toString(), "busybox");

    assertThat(err.toString(StandardCharsets.UTF_8)).doesNotContain("expected");
    assertThat(exit).as(err.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .containsPattern("\\| busybox \\| fuse \\| 3 \\| \\d{3} \\| \\d{7} \\| 0 \\|")
        .containsPattern("\\| busybox \\| erofs \\| 3 \\| \\d{3} \\| \\d{7} \\| 0 \\|")
        .containsPattern("\\| busybox \\| disk \\| 3 \\| \\d{3} \\| \\d{7} \\| 0 \\|");
    assertThat(directory).isDirectoryNotContaining("glob:**/compare-*");
  }

  @Test
  void aPlantedDifferenceIsNamed_andNothingElse() {
    int exit =
        compare(
            "--directory",
            directory.toString(),
            "--faces",
            "erofs",
            "--plant",
            "app/data-7",
            "busybox");

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("/app/data-7\n  expected ")
        .containsOnlyOnce("expected");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("| 1 |\n");
  }

  @Test
  void whatCannotBePlantedIsAFailure() {
    int exit = compare("--directory", directory.toString(), "--plant", "app/none", "busybox");

    assertThat(exit).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("plant a difference in app/none");
    assertThat(directory).isDirectoryNotContaining("glob:**/compare-*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--faces nfs", "--bogus x", "--plant", "nothing-like-this"})
  void whatIsNotUnderstoodIsNamed_withTheUsage(String line) {
    assertThat(compare(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("usage: load-tests/compare")
        .contains(line.split(" ", -1)[0]);
  }
}
