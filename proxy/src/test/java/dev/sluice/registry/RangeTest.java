package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.RequestKind;
import dev.sluice.oci.Descriptor;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RangeTest {
  @TempDir Path directory;

  @Test
  void bringsExactlyTheRange() {
    try (Bench bench = Bench.plain(directory)) {
      byte[] bytes = Bench.random(1_000_003);
      Descriptor blob = bench.blob(bytes);
      for (long[] range :
          new long[][] {{0, 1}, {0, 1_000_003}, {1_000_002, 1_000_003}, {7, 700_001}}) {
        assertThat(bench.read(blob, range[0], range[1]))
            .isEqualTo(Arrays.copyOfRange(bytes, (int) range[0], (int) range[1]));
      }
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(4);
    }
  }
}
