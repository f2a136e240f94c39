package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that is dead, and comes back. */
final class BreakerTest {
  private static final byte[] BYTES = Bench.random(100_000);

  @TempDir Path directory;

  private Bench open(Duration trouble) {
    return new Bench(
        EmbeddedOptions.in(directory),
        options ->
            options.withBreaker(
                new BreakerPolicy(
                    3,
                    trouble,
                    Duration.ofMillis(500),
                    Duration.ofMillis(20),
                    Duration.ofMillis(40))));
  }

  @Test
  void aDeadRegistryIsAskedForNoMoreBlobs_andUsedByTheFirstReadOnceItIsBack() {
    try (Bench bench = open(Duration.ZERO)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().plan(Integer.MAX_VALUE, _ -> true, new Fault.Drop());
      fail(bench, blob);
      assertThat(bench.counters.breakersOpen()).isEqualTo(1);
      long asked = bench.registry.traffic().requests(RequestKind.BLOB);
      SluiceException failure = fail(bench, blob);
      assertThat(failure.kind()).isEqualTo(FailureKind.UNAVAILABLE);
      assertThat(failure)
          .hasMessageContaining("has not answered for")
          .hasMessageContaining("broke");
      assertThat(failure.advice()).contains("can be reached");
      assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(asked);
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(bench.registry.traffic().requests(RequestKind.PING))
                  .as("probed without a read")
                  .isGreaterThan(3));
      assertThat(bench.counters.breakersOpen()).isEqualTo(1);
      bench.registry.faults().clear();
      Awaitility.await()
          .ignoreExceptions()
          .untilAsserted(() -> assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES));
      assertThat(bench.counters.breakersOpen()).isZero();
    }
  }

  @Test
  void aHostThatAnswersItsRootButSendsNoBlobs_isTriedByEachProbe() {
    try (Bench bench = open(Duration.ZERO)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(Integer.MAX_VALUE, Fault.Status.of(503));
      fail(bench, blob);
      fail(bench, blob);
      bench.registry.faults().clear();
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
      assertThat(bench.counters.breakersOpen()).isZero();
    }
  }

  @Test
  void aShortOutageIsWhatRetriesAreFor() {
    try (Bench bench = open(Duration.ofMinutes(1))) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().plan(12, _ -> true, new Fault.Drop());
      for (int i = 0; i < 3; i++) {
        fail(bench, blob);
      }
      assertThat(bench.counters.breakersOpened()).isZero();
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
    }
  }

  @Test
  void aRegistryThatSaysNoIsNotDead() {
    try (Bench bench = open(Duration.ZERO)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(20, Fault.Status.of(404));
      for (int i = 0; i < 20; i++) {
        fail(bench, blob);
      }
      assertThat(bench.counters.breakersOpened()).isZero();
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
    }
  }

  @Test
  void aProbeThatHangsHoldsUpNobodyButWhoCameFirst() {
    Vertx vertx = Vertx.vertx();
    try {
      Breaker breaker =
          new Breaker(
              vertx,
              new BreakerPolicy(
                  1,
                  Duration.ZERO,
                  Duration.ofMillis(20),
                  Duration.ofMinutes(1),
                  Duration.ofMinutes(1)),
              _ -> Promise.<Boolean>promise().future(),
              new RegistryCounters());
      RegistryHost host = RegistryHost.of("r.example", HttpOrigin.of("r.example", true));
      breaker.failed(host, new SluiceException(FailureKind.TIMEOUT, "silent"));
      assertThat(Bench.failure(admit(vertx, breaker, host)).kind())
          .isEqualTo(FailureKind.UNAVAILABLE);
      Future<Boolean> refusedAtOnce =
          Operation.run(
              vertx,
              vertx.getOrCreateContext(),
              "test",
              Duration.ofMinutes(1),
              operation -> Future.succeededFuture(breaker.admit(operation, host).failed()));
      assertThat(Bench.await(refusedAtOnce)).isTrue();
    } finally {
      Bench.await(vertx.close());
    }
  }

  private static Future<Void> admit(Vertx vertx, Breaker breaker, RegistryHost host) {
    return Operation.run(
        vertx,
        vertx.getOrCreateContext(),
        "test",
        Duration.ofMinutes(1),
        operation -> breaker.admit(operation, host));
  }

  private static SluiceException fail(Bench bench, Descriptor blob) {
    return Bench.failure(bench.client.range(bench.repository, blob, 0, 1000, _ -> {}));
  }
}
