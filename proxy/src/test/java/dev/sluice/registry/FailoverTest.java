package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several hosts of one registry, some of which fail. */
final class FailoverTest {
  private static final byte[] BYTES = Mirrors.BYTES;

  @TempDir Path directory;
  private Mirrors mirrors;

  @BeforeEach
  void start() throws IOException {
    mirrors = new Mirrors(directory, options -> options.withPlainHttp(true));
  }

  @AfterEach
  void stop() {
    mirrors.close();
  }

  private void readsEverything() {
    assertThat(mirrors.read(0, BYTES.length)).isEqualTo(BYTES);
    String digest = Mirrors.INDEX.digest().toString();
    for (String tagOrDigest : List.of("1", digest)) {
      Content manifest = Bench.await(mirrors.client.manifest(Mirrors.REPOSITORY, tagOrDigest));
      assertThat(manifest.bytes()).isEqualTo(Mirrors.INDEX.bytes());
    }
    assertThat(
            Bench.await(
                mirrors.client.smallBlob(Mirrors.REPOSITORY, Mirrors.BLOB.digest(), BYTES.length)))
        .isEqualTo(BYTES);
  }

  @Test
  void withoutMirrorsTheServerIsAsked() throws IOException {
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(server.host());
    readsEverything();
    assertThat(Mirrors.requests(server)).isEqualTo(4);
  }

  @Test
  void aMirrorIsAskedFirstAndToldWhoseImageItIs() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    readsEverything();
    assertThat(Mirrors.requests(server)).isZero();
    assertThat(mirror.traffic().log())
        .hasSize(4)
        .allSatisfy(entry -> assertThat(entry.seen().query()).isEqualTo("ns=registry.example"));
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 403, 404, 405, 429, 500, 502, 503})
  void aMirrorThatAnswersBadlyIsPassedBy(int status) throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().plan(1000, _ -> true, Fault.Status.of(status));
    readsEverything();
    assertThat(mirrors.counters.retries()).isZero();
    FailoverReason reason =
        switch (status) {
          case 401, 403 -> FailoverReason.REFUSED;
          case 404 -> FailoverReason.NOT_FOUND;
          case 429 -> FailoverReason.THROTTLED;
          default -> FailoverReason.ERROR;
        };
    assertThat(mirrors.counters.failovers(reason)).isPositive();
  }

  @Test
  void aMirrorThatIsntThereIsPassedBy() throws IOException {
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(Mirrors.nobody(), "no-such-host.invalid", server.host());
    readsEverything();
    assertThat(mirrors.counters.failovers(FailoverReason.UNREACHABLE)).isEqualTo(2);
    assertThat(mirrors.counters.retries()).isZero();
  }

  @Test
  void aMirrorThatDoesntAnswerIsPassedBy() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().plan(1000, _ -> true, new Fault.Silence());
    readsEverything();
    // Asked once; after that it gets nothing but probes.
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    assertThat(mirror.traffic().requests(RequestKind.MANIFEST)).isZero();
  }

  @Test
  void aMirrorThatHasNothingIsAskedOncePerBlob() throws IOException {
    EmbeddedRegistry mirror = mirrors.empty();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    for (int i = 0; i < 10; i++) {
      mirrors.read(i, i + 1);
    }
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(10);
    assertThat(mirrors.counters.failovers(FailoverReason.NOT_FOUND)).isEqualTo(1);
  }

  @Test
  void aMirrorThatRedirectsIsFollowed() throws IOException {
    EmbeddedRegistry mirror =
        mirrors.full(options -> options.withSignedUrls(Duration.ofMinutes(5)));
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    for (int i = 0; i < 5; i++) {
      mirrors.read(i, i + 1);
    }
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    assertThat(mirror.traffic().requests(RequestKind.STORAGE)).isEqualTo(5);
    assertThat(Mirrors.requests(server)).isZero();
    assertThat(mirror.traffic().log())
        .filteredOn(entry -> entry.seen().kind() == RequestKind.STORAGE)
        .allSatisfy(entry -> assertThat(entry.seen().query()).doesNotContain("ns="));
  }

  @Test
  void theStorageOfAMirrorFailsAndTheServerIsAsked() throws IOException {
    EmbeddedRegistry mirror =
        mirrors.full(options -> options.withSignedUrls(Duration.ofMinutes(5)));
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirrors.read(0, 1);
    mirror.faults().plan(1000, seen -> seen.kind() == RequestKind.STORAGE, Fault.Status.of(403));
    assertThat(mirrors.read(10, 20)).isEqualTo(Arrays.copyOfRange(BYTES, 10, 20));
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void allFailAndTheOneThatGotFurthestIsNamed() throws IOException {
    EmbeddedRegistry absent = mirrors.empty();
    EmbeddedRegistry closed =
        mirrors.full(options -> options.withAccess(new Access.Basic("ann", "x")));
    String nobody = Mirrors.nobody();
    mirrors.order(nobody, absent.host(), closed.host(), Mirrors.nobody());
    SluiceException failure = Bench.failure(mirrors.reading());
    assertThat(failure.kind()).isEqualTo(FailureKind.UNAUTHORIZED);
    assertThat(failure)
        .hasMessageContaining(closed.host() + " wants credentials")
        .hasMessageContaining("also can't open a connection to http://" + nobody)
        .hasMessageContaining("also http://" + absent.host() + " answers 404");
    mirrors.order(Mirrors.nobody(), absent.host(), Mirrors.nobody());
    await()
        .untilAsserted(() ->
            assertThat(Bench.failure(mirrors.reading()).kind()).isEqualTo(FailureKind.NOT_FOUND));
    mirrors.order(Mirrors.nobody(), Mirrors.nobody());
    await()
        .untilAsserted(() ->
            assertThat(Bench.failure(mirrors.reading()).kind()).isEqualTo(FailureKind.UNAVAILABLE));
  }

  @Test
  void onlyTheLastHostIsAskedAgain() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1000, Fault.Status.of(500));
    server.faults().planBlob(2, Fault.Status.of(500));
    assertThat(mirrors.read(0, 10)).hasSize(10);
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(3);
    assertThat(mirrors.counters.retries()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"reset", "short", "stall"})
  void aMirrorDiesInTheMiddleOfARangeAndTheServerGoesOn(String how) throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    Fault fault =
        switch (how) {
          case "reset" -> new Fault.ResetAfter(100_000);
          case "short" -> new Fault.ShortBody(100_000);
          default -> new Fault.StallAfter(100_000);
        };
    mirror.faults().planBlob(1, fault);
    assertThat(mirrors.read(1000, BYTES.length))
        .isEqualTo(Arrays.copyOfRange(BYTES, 1000, BYTES.length));
    assertThat(Mirrors.ranges(mirror)).containsExactly("bytes=1000-399999");
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    long resumed = Long.parseLong(Mirrors.ranges(server).getFirst().replaceAll("bytes=|-.*", ""));
    assertThat(resumed).isBetween(2000L, 101_000L);
    assertThat(mirrors.counters.failovers(FailoverReason.ERROR)).isEqualTo(1);
  }

  @Test
  void aRangeGoesToAndFroAsLongAsBytesCome() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(100, new Fault.ResetAfter(50_000));
    server.faults().planBlob(100, new Fault.ResetAfter(50_000));
    assertThat(mirrors.read(0, BYTES.length)).isEqualTo(BYTES);
  }

  @Test
  void theMirrorAloneHasItAndBreaksOff() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.empty();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1, new Fault.ResetAfter(50_000));
    assertThat(mirrors.read(0, BYTES.length)).isEqualTo(BYTES);
    assertThat(Mirrors.ranges(mirror)).hasSizeGreaterThanOrEqualTo(2);
  }

  @Test
  void aMirrorThatWasDownIsTriedWhenNobodyElseHasIt() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.empty();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1, Fault.Status.of(500));
    assertThat(Bench.failure(mirrors.reading()).kind()).isEqualTo(FailureKind.UNAVAILABLE);
    assertThat(mirrors.read(0, 10)).hasSize(10);
  }

  @Test
  void aMirrorThatIsBackIsProbedAndUsedAgain() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1, Fault.Status.of(500));
    mirrors.read(0, 1);
    mirrors.read(1, 2);
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> {
          mirrors.read(2, 3);
          assertThat(mirror.traffic().requests(RequestKind.BLOB)).isGreaterThan(1);
        });
    assertThat(mirror.traffic().requests(RequestKind.PING)).isEqualTo(1);
  }

  @Test
  void aMirrorThatAsksForPatienceIsPassedByWithoutWaiting() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1, new Fault.Status(429, Map.of("Retry-After", "3600"), ""));
    for (int i = 0; i < 5; i++) {
      mirrors.read(i, i + 1);
    }
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    assertThat(mirrors.counters.failovers(FailoverReason.THROTTLED)).isEqualTo(1);
  }

  @Test
  void wrongBytesOfAManifestOrBlobAreAskedOfTheNext() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    Map<String, String> type = Map.of("Content-Type", MediaTypes.OCI_INDEX);
    mirror.faults().plan(1000, _ -> true, new Fault.Status(200, type, "{\"wrong\":true}"));
    String digest = Mirrors.INDEX.digest().toString();
    assertThat(Bench.await(mirrors.client.manifest(Mirrors.REPOSITORY, digest)).bytes())
        .isEqualTo(Mirrors.INDEX.bytes());
    assertThat(
            Bench.await(
                mirrors.client.smallBlob(Mirrors.REPOSITORY, Mirrors.BLOB.digest(), BYTES.length)))
        .isEqualTo(BYTES);
    assertThat(mirrors.counters.failovers(FailoverReason.CORRUPT)).isEqualTo(2);
  }

  @Test
  void aHostWhoseBytesAreDistrustedIsAskedLast() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirrors.read(0, 1000);
    mirrors.client.distrust(Mirrors.REPOSITORY, Mirrors.BLOB.digest(), 100, 200);
    mirrors.read(100, 200);
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    // What the server brought is distrusted too: the mirror isn't blamed for it, and both stay.
    mirrors.client.distrust(Mirrors.REPOSITORY, Mirrors.BLOB.digest(), 100, 200);
    mirrors.read(300, 400);
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    server.faults().planBlob(1, Fault.Status.of(404));
    mirrors.read(300, 400);
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(2);
  }

  @Test
  void manyReadsAtOnceAreRightWhateverTheMirrorsDo() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    EmbeddedRegistry one = mirrors.full();
    EmbeddedRegistry two = mirrors.full(options -> options.withSignedUrls(Duration.ofMinutes(5)));
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(one.host(), two.host(), server.host());
    List<Fault> faults =
        List.of(
            Fault.Status.of(404),
            Fault.Status.of(500),
            new Fault.ResetAfter(5_000),
            new Fault.ShortBody(3_000),
            new Fault.Drop(),
            new Fault.LongBody(10));
    List<Future<Void>> reads = new ArrayList<>();
    List<Runnable> checks = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      EmbeddedRegistry mirror = random.nextBoolean() ? one : two;
      mirror.faults().planBlob(1, faults.get(random.nextInt(faults.size())));
      int from = random.nextInt(BYTES.length - 20_000);
      int to = from + 1 + random.nextInt(20_000);
      ByteArrayOutputStream got = new ByteArrayOutputStream();
      reads.add(
          mirrors.client.range(
              Mirrors.REPOSITORY,
              Mirrors.BLOB,
              from,
              to,
              bytes -> got.writeBytes(bytes.getBytes())));
      checks.add(() ->
          assertThat(got.toByteArray())
              .as("seed %d", seed)
              .isEqualTo(Arrays.copyOfRange(BYTES, from, to)));
    }
    Bench.await(Future.all(reads).mapEmpty());
    checks.forEach(Runnable::run);
    assertThat(mirrors.counters.failovers(FailoverReason.ERROR)).isPositive();
  }

  @Test
  void aMirrorThatIgnoresRangesIsAskedLate() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    mirror.faults().planBlob(1000, new Fault.IgnoreRange());
    mirrors.read(10, 20);
    assertThat(mirrors.client.rangesSupported(Mirrors.REPOSITORY)).isTrue();
    mirrors.read(20, 30);
    assertThat(server.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
    server.faults().planBlob(1000, new Fault.IgnoreRange());
    mirrors.read(20, 30);
    assertThat(mirrors.client.rangesSupported(Mirrors.REPOSITORY)).isFalse();
  }
}
