package dev.sluice.load.soak;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.NeedsRoot;
import dev.sluice.load.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The short version of {@code load-tests/soak}: too short to say whether memory is flat. */
@NeedsRoot
final class SoakTest {
  @Test
  void roundsReadTheTruth_andAreTold() throws Exception {
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-soak-test-");
    List<String> lines = new ArrayList<>();
    try {
      boolean flat = new Soak(work, lines::add).run(0);
      assertThat(lines)
          .as("verdict %s", flat)
          .anyMatch(line -> line.startsWith("round     3, minute"))
          .anyMatch(line -> line.startsWith("3 rounds, 70.3 MiB read and compared, 0 wrong"))
          .anyMatch(line -> line.matches("descriptors .*: flat"))
          .anyMatch(line -> line.matches("disk, MiB .*: flat"))
          .anyMatch(line -> line.startsWith("idle: RSS comes down"));
    } finally {
      Program.run(Duration.ofMinutes(3), "rm", "-rf", "--one-file-system", work);
    }
  }
}
