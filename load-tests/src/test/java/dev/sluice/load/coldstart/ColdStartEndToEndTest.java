package dev.sluice.load.coldstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.json.JsonObject;
import dev.sluice.load.Program;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole command on the smallest image: every mode gets ready and the counts agree. */
@dev.sluice.load.NeedsRoot
final class ColdStartEndToEndTest {
  private Path directory;

  @BeforeEach
  void make() throws IOException {
    directory = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-coldstart-test-");
  }

  @AfterEach
  void remove() {
    Program.run(Duration.ofMinutes(1), "rm", "-rf", "--one-file-system", directory);
  }

  @Test
  void everyModeGetsReady_andTheCountsAgree() throws IOException {
    Options options =
        OptionsReader.read(
            "--images",
            "busybox",
            "--links",
            "5ms",
            "--modes",
            "eager,lazy,lazy-fuse,second,local",
            "--runs",
            "1",
            "--keep-caches",
            "--directory",
            directory.toString(),
            "--traces",
            directory.resolve("traces").toString());
    Results results = ColdStart.run(options);

    assertThat(results.problems()).isEmpty();
    assertThat(results.measurements())
        .extracting(Measurement::mode)
        .containsExactlyInAnyOrder(Mode.EAGER, Mode.LAZY, Mode.LAZY_FUSE, Mode.SECOND, Mode.LOCAL);
    assertThat(results.calibrations().getFirst().connectMillis()).isGreaterThan(9.9);
    assertThat(results.measurements())
        .filteredOn(it -> it.mode() == Mode.LAZY)
        .singleElement()
        .satisfies(it -> {
          assertThat(it.pullSeconds()).isPositive();
          assertThat(it.createSeconds()).isPositive();
          assertThat(it.daemonPeakMiB()).isPositive();
          assertThat(it.bytes()).isPositive();
          assertThat(it.touchedBytes()).isPositive();
          assertThat(it.layerBytes()).isBetween(it.touchedBytes(), it.bytes());
        });
    assertThat(Tables.of(results)).contains("| busybox | lazy |").contains("### 5 ms");
    JsonObject json =
        JsonObject.parse(
            "results", ResultsJson.of(results).getBytes(StandardCharsets.UTF_8), 1 << 20);
    assertThat(json.objects("measurements")).hasSize(5);
    assertThat(Chart.of(results, results.options().links().getFirst()))
        .startsWith("<svg")
        .contains(">busybox<")
        .endsWith("</svg>\n");
    assertThat(directory.resolve("run")).doesNotExist();
    assertThat(List.of(directory.resolve("traces").toFile().list()))
        .anySatisfy(name -> assertThat(name).endsWith("LAZY-1.txt"));
  }
}
