package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.embedded.Traffic;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs that lie at a second origin, under signed URLs. */
final class RedirectTest {
  private static final byte[] BYTES = Bench.random(500_000);
  private static final Credentials GOOD = new Credentials.Password("ann", "hush");

  @TempDir Path directory;
  private Bench bench;
  private Descriptor blob;

  @BeforeEach
  void start() {
    bench =
        new Bench(
            EmbeddedOptions.in(directory)
                .withAccess(new Access.Basic("ann", "hush"))
                .withSignedUrls(Duration.ofMinutes(5)),
            options -> options.withCredentials(_ -> Future.succeededFuture(GOOD)));
    blob = bench.blob(BYTES);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  private long registryRequests() {
    return bench.registry.traffic().requests(RequestKind.BLOB);
  }

  private long storageRequests() {
    return bench.registry.traffic().requests(RequestKind.STORAGE);
  }

  @Test
  void theRegistryIsAskedOnceForABlob() {
    for (int i = 0; i < 5_000; i += 1000) {
      assertThat(bench.read(blob, i, i + 1000)).isEqualTo(Arrays.copyOfRange(BYTES, i, i + 1000));
    }
    // Twice, as the first question brought the challenge.
    assertThat(registryRequests()).isEqualTo(2);
    assertThat(storageRequests()).isEqualTo(5);
  }

  @Test
  void authorizationNeverReachesTheSecondOrigin() {
    bench.read(blob, 0, 100);
    Bench.await(bench.registry.revokeSignedUrls());
    bench.read(blob, 100, 200);
    assertThat(Bench.await(bench.client.smallBlob(bench.repository, blob.digest(), BYTES.length)))
        .isEqualTo(BYTES);
    assertThat(bench.registry.traffic().log())
        .filteredOn(entry -> entry.seen().kind() == RequestKind.STORAGE)
        .hasSize(4)
        .allSatisfy(entry -> assertThat(entry.seen().authorization()).isNull());
  }

  @Test
  void aSecondOriginThatAsksForCredentialsGetsNone() {
    bench.read(blob, 0, 100);
    Map<String, String> challenge = Map.of("WWW-Authenticate", "Basic realm=\"give\"");
    planStorage(99, new Fault.Status(401, challenge, ""));
    SluiceException failure =
        Bench.failure(bench.client.range(bench.repository, blob, 100, 200, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.UNAUTHORIZED);
    assertThat(bench.registry.traffic().log())
        .filteredOn(entry -> entry.seen().kind() == RequestKind.STORAGE)
        .hasSize(3)
        .allSatisfy(entry -> assertThat(entry.seen().authorization()).isNull());
  }

  @Test
  void anExpiredUrlIsRenewedOnce() {
    bench.read(blob, 0, 100);
    Bench.await(bench.registry.revokeSignedUrls());
    assertThat(bench.read(blob, 100, 200)).isEqualTo(Arrays.copyOfRange(BYTES, 100, 200));
    assertThat(registryRequests()).isEqualTo(3);
    assertThat(storageRequests()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 410})
  void aRememberedPlaceThatRefusesIsAskedForAgain(int status) {
    bench.read(blob, 0, 100);
    planStorage(1, Fault.Status.of(status));
    assertThat(bench.read(blob, 100, 200)).hasSize(100);
    assertThat(registryRequests()).isEqualTo(3);
  }

  @Test
  void aPlaceThatRefusesAlwaysIsAnErrorWithoutItsSignature() {
    bench.read(blob, 0, 100);
    planStorage(99, new Fault.Status(403, Map.of(), "<Error><Code>AccessDenied</Code>"));
    SluiceException failure =
        Bench.failure(bench.client.range(bench.repository, blob, 0, 1, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
    assertThat(failure)
        .hasMessageContaining(
            "http://" + bench.registry.storageHost() + " answers 403: AccessDenied")
        .hasMessageNotContaining("X-Amz")
        .hasMessageNotContaining("?");
    assertThat(storageRequests()).isEqualTo(3);
  }

  @Test
  void aUrlIsNotUsedToItsLastMoment() {
    try (Bench brief =
        new Bench(
            EmbeddedOptions.in(directory.resolve("brief")).withSignedUrls(Duration.ZERO),
            options -> options)) {
      Descriptor same = brief.blob(BYTES);
      SluiceException failure =
          Bench.failure(brief.client.range(brief.repository, same, 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
    }
  }

  @Test
  void aBrokenBodyIsResumedAtThePlace() {
    planStorage(2, new Fault.ResetAfter(100_000));
    assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
    assertThat(registryRequests()).isEqualTo(2);
    assertThat(storageRequests()).isEqualTo(3);
  }

  @Test
  void aUrlThatExpiresMidwayIsRenewedAndTheRangeGoesOn() {
    planStorage(1, new Fault.ResetAfter(100_000));
    planStorage(1, Fault.Status.of(403));
    assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
    assertThat(bench.registry.traffic().log())
        .extracting(Traffic.Entry::seen)
        .filteredOn(seen -> seen.kind() == RequestKind.STORAGE)
        .last()
        .satisfies(seen -> assertThat(seen.range()).isEqualTo("bytes=100000-499999"));
  }

  @Test
  void manyRangesAtOnceAskTheRegistryOnce() {
    bench.read(bench.blob(Bench.random(10)), 0, 1); // learns that credentials are wanted
    long before = registryRequests();
    List<Future<Void>> all = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      all.add(bench.client.range(bench.repository, blob, i, i + 1, _ -> {}));
    }
    Bench.await(Future.all(all).mapEmpty());
    assertThat(registryRequests() - before).isEqualTo(1);
  }

  private void planStorage(int times, Fault fault) {
    bench.registry.faults().plan(times, seen -> seen.kind() == RequestKind.STORAGE, fault);
  }
}
