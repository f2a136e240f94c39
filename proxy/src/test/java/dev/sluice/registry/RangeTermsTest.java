package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a range's terms change. */
final class RangeTermsTest {
  private static final byte[] BYTES = Bench.random(100_000);

  @TempDir Path directory;
  private final List<FailureKind> setbacks = new CopyOnWriteArrayList<>();

  private RangeTerms terms(Lane lane) {
    return new RangeTerms(lane, false, null, setbacks::add);
  }

  @Test
  void whatIsAbandonedIsCutAtOnce() {
    try (Bench bench = Bench.plain(directory)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, new Fault.Silence());
      Promise<Void> abandoned = Promise.promise();
      Future<Void> range =
          bench.client.range(
              bench.repository,
              blob,
              0,
              1000,
              new RangeTerms(Lane.DEMAND, false, abandoned.future(), setbacks::add),
              _ -> {});
      Awaitility.await().until(() -> bench.registry.faults().allMet());
      abandoned.complete();
      SluiceException failure = Bench.failure(range);
      assertThat(failure.kind()).isEqualTo(FailureKind.CANCELLED);
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
      assertThat(setbacks).isEmpty();
    }
  }

  @Test
  void setbacksAreTold_thoughTheRangeIsBrought() {
    try (Bench bench = Bench.plain(directory)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, Fault.Status.of(429));
      bench.registry.faults().planBlob(1, Fault.Status.of(503));
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      Bench.await(
          bench.client.range(
              bench.repository,
              blob,
              500,
              1000,
              terms(Lane.HINT),
              bytes -> all.writeBytes(bytes.getBytes())));
      assertThat(all.toByteArray()).isEqualTo(Arrays.copyOfRange(BYTES, 500, 1000));
      assertThat(setbacks).containsExactly(FailureKind.RATE_LIMITED, FailureKind.UNAVAILABLE);
    }
  }

  @Test
  void theBackgroundCannotUseUpTheRetriesOfDemand() {
    RetryPolicy few =
        new RetryPolicy(3, Duration.ofMillis(1), Duration.ofMillis(2), Duration.ofSeconds(1), 8);
    try (Bench bench =
        new Bench(EmbeddedOptions.in(directory), options -> options.withRetries(few))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(12, new Fault.Drop());
      String last = "";
      while (!bench.registry.faults().allMet()) {
        last =
            String.valueOf(
                Bench.failure(
                        bench.client.range(
                            bench.repository, blob, 0, 10, terms(Lane.BACKGROUND), _ -> {}))
                    .getMessage());
      }
      assertThat(last).contains("too many requests fail now");
      bench.registry.faults().planBlob(2, new Fault.Drop());
      assertThat(bench.read(blob, 0, 10)).isEqualTo(Arrays.copyOf(BYTES, 10));
    }
  }

  @Test
  void elsewhereIsAnotherHost_ifThereIsOne() throws IOException {
    try (Mirrors mirrors = new Mirrors(directory, options -> options)) {
      EmbeddedRegistry mirror = mirrors.full();
      EmbeddedRegistry server = mirrors.full();
      mirrors.order(mirror.host(), server.host());
      mirror.faults().planBlob(1, new Fault.Silence());
      Promise<Void> abandoned = Promise.promise();
      Future<Void> slow =
          mirrors.client.range(
              Mirrors.REPOSITORY,
              Mirrors.BLOB,
              0,
              10,
              new RangeTerms(Lane.DEMAND, false, abandoned.future(), setbacks::add),
              _ -> {});
      Awaitility.await().until(() -> mirror.faults().allMet());
      Bench.await(
          mirrors.client.range(
              Mirrors.REPOSITORY,
              Mirrors.BLOB,
              0,
              10,
              new RangeTerms(Lane.DEMAND, true, null, setbacks::add),
              _ -> {}));
      abandoned.complete();
      assertThat(Bench.failure(slow).kind()).isEqualTo(FailureKind.CANCELLED);
      assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
      mirrors.read(20, 30);
      assertThat(server.traffic().requests(RequestKind.BLOB))
          .as("being slow once is no reason to leave the mirror")
          .isEqualTo(1);
    }
  }
}
