package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Connections that stay open and bring nothing. Other timeouts are longer than the tests may take.
 */
final class SilenceTest {
  private static final byte[] BYTES = Bench.random(100_000);
  private static final Duration LONG = Duration.ofMinutes(5);

  @TempDir Path directory;

  private Bench bench(Duration silence) {
    return new Bench(
        EmbeddedOptions.in(directory),
        options ->
            options.withTimeouts(new Timeouts(Duration.ofSeconds(5), LONG, LONG, silence, LONG)));
  }

  @Test
  void aSilentConnectionIsGivenUpForAnother() {
    try (Bench bench = bench(Duration.ofSeconds(8))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, new Fault.Silence());
      assertThat(bench.read(blob, 500, 90_000)).isEqualTo(Arrays.copyOfRange(BYTES, 500, 90_000));
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(2);
    }
  }

  @Test
  void oneThatStandsStillInTheMiddleToo_andWhatItBroughtIsNotAskedForAgain() {
    try (Bench bench = bench(Duration.ofSeconds(8))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, new Fault.StallAfter(60_000));
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(2);
      assertThat(bench.counters.receivedBytes()).isLessThan(BYTES.length + 60_000);
    }
  }

  @Test
  void aSilentRegistryIsAskedThreeTimes_andTheReadEnds() {
    try (Bench bench = bench(Duration.ofSeconds(2))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(Integer.MAX_VALUE, new Fault.Silence());
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, blob, 0, 1000, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.TIMEOUT);
      assertThat(failure).hasMessageContaining("no byte for 2 s, over all attempts");
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(3);
    }
  }

  @Test
  void toWaitAsTheHostAsksIsNoSilence() {
    try (Bench bench = bench(Duration.ofSeconds(1))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, Fault.Status.retryAfter(429, "2"));
      assertThat(bench.read(blob, 0, 1000)).isEqualTo(Arrays.copyOf(BYTES, 1000));
    }
  }
}
