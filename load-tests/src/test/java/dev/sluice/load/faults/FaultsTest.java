package dev.sluice.load.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.NeedsRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short version of {@code load-tests/faults}: those that found something, or break most. */
@NeedsRoot
final class FaultsTest {
  private static final long SEED = 20261124;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "reset-anywhere",
        "flipped-bits",
        "wrong-bytes",
        "disk-flipped",
        "disk-cut-in-use",
        "service-small-heap",
        "service-clock-jumps"
      })
  void readersGetTheTruthOrAnError_andThenTheTruth(String fault) throws Exception {
    Path directory = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-faults-test-");
    try (Faults faults = new Faults(directory, SEED, _ -> {})) {
      Faults.Outcome outcome = faults.run(fault, 1);
      assertThat(outcome.broken()).as("%s; seed %d", outcome, SEED).isEmpty();
      assertThat(outcome.injected()).isPositive();
      assertThat(outcome.bytes()).isGreaterThan(10_000_000);
    }
  }

  @Test
  void aWrongByteIsSeen() {
    Truth truth = Truth.make(SEED, 2, 1000);
    byte[] read = truth.files().get(1).clone();
    assertThat(truth.difference(1, 0, java.nio.ByteBuffer.wrap(read))).isEqualTo(-1);
    read[read.length - 1] ^= 1;
    assertThat(truth.difference(1, 0, java.nio.ByteBuffer.wrap(read))).isEqualTo(read.length - 1);
  }
}
