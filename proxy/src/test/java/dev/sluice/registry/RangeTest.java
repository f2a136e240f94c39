package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.embedded.Seen;
import dev.sluice.embedded.Traffic;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code range} does when all goes well, and when it doesn't. */
final class RangeTest {
  private static final byte[] BYTES = Bench.random(1_000_003);

  @TempDir Path directory;
  private Bench bench;
  private Descriptor blob;

  @BeforeEach
  void start() {
    bench = Bench.plain(directory);
    blob = bench.blob(BYTES);
  }

  @AfterEach
  void stop() {
    bench.close();
  }

  private static byte[] expected(long from, long to) {
    return Arrays.copyOfRange(BYTES, (int) from, (int) to);
  }

  private SluiceException failure(long from, long to) {
    return Bench.failure(bench.client.range(bench.repository, blob, from, to, _ -> {}));
  }

  private List<String> rangesAsked() {
    return bench.registry.traffic().log().stream()
        .map(Traffic.Entry::seen)
        .filter(seen -> seen.kind() == RequestKind.BLOB)
        .map(seen -> String.valueOf(seen.range()))
        .toList();
  }

  @Test
  void bringsExactlyTheRange() {
    for (long[] range :
        new long[][] {{0, 1}, {0, 1_000_003}, {1_000_002, 1_000_003}, {7, 700_001}}) {
      assertThat(bench.read(blob, range[0], range[1])).isEqualTo(expected(range[0], range[1]));
    }
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(4);
    assertThat(bench.client.rangesSupported(bench.repository)).isTrue();
    assertThat(bench.counters.requests()).isEqualTo(4);
    assertThat(bench.counters.receivedBytes()).isEqualTo(1 + 1_000_003 + 1 + 699_994);
  }

  @Test
  void anEmptyRangeNeedsNoRequest() {
    assertThat(bench.read(blob, 5, 5)).isEmpty();
    assertThat(bench.registry.traffic().requests()).isZero();
  }

  @Test
  void aRangeBeyondTheBlobIsAMistakeOfTheCaller() {
    assertThat(failure(0, blob.size() + 1).kind()).isEqualTo(FailureKind.INVALID);
    assertThat(failure(-1, 1).kind()).isEqualTo(FailureKind.INVALID);
    assertThat(bench.registry.traffic().requests()).isZero();
  }

  @Test
  void aServerThatIgnoresRangesIsReadThroughAndRemembered() {
    bench.registry.faults().planBlob(2, new Fault.IgnoreRange());
    assertThat(bench.read(blob, 100_000, 200_000)).isEqualTo(expected(100_000, 200_000));
    assertThat(bench.client.rangesSupported(bench.repository)).isFalse();
    assertThat(bench.read(blob, 999_999, 1_000_003)).isEqualTo(expected(999_999, 1_000_003));
    assertThat(bench.client.rangesSupported(new Repository(bench.repository.host(), "other")))
        .isTrue();
  }

  @Test
  void theWholeBlobInAnAnswer200IsNoSignOfMissingRanges() {
    bench.registry.faults().planBlob(1, new Fault.IgnoreRange());
    assertThat(bench.read(blob, 0, blob.size())).isEqualTo(BYTES);
    assertThat(bench.client.rangesSupported(bench.repository)).isTrue();
  }

  @Test
  void skippingToAFarRangeIsRefused() throws IOException {
    Path file = directory.resolve("sparse");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(200 << 20);
    }
    Digest digest = Digest.sha256(new byte[0]);
    Bench.await(bench.registry.serveFile("team/app", digest, file));
    Descriptor large = Descriptor.of("application/octet-stream", digest, 200 << 20);
    bench.registry.faults().planBlob(1, new Fault.IgnoreRange());
    SluiceException failure =
        Bench.failure(bench.client.range(bench.repository, large, 100 << 20, 101 << 20, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.UNSUPPORTED);
    assertThat(bench.counters.receivedBytes()).isLessThan(8 << 20);
  }

  static Stream<Fault> interruptions() {
    return Stream.of(
        new Fault.ResetAfter(0),
        new Fault.ResetAfter(300_000),
        new Fault.ShortBody(300_000),
        new Fault.ShortBody(0),
        new Fault.StallAfter(300_000),
        new Fault.StallAfter(0),
        new Fault.Silence(),
        new Fault.Drop(),
        Fault.Status.of(500),
        Fault.Status.of(502),
        Fault.Status.of(503),
        Fault.Status.of(504),
        Fault.Status.of(408),
        Fault.Status.of(429),
        Fault.Status.retryAfter(429, "0"),
        Fault.Status.retryAfter(503, "Sun, 06 Nov 1994 08:49:37 GMT"),
        Fault.Status.retryAfter(503, "soon"));
  }

  @ParameterizedTest
  @MethodSource("interruptions")
  void isResumedWhereItBroke(Fault fault) {
    bench.registry.faults().planBlob(2, fault);
    assertThat(bench.read(blob, 1, 900_001)).isEqualTo(expected(1, 900_001));
    assertThat(bench.registry.faults().allMet()).isTrue();
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(3);
    if (fault instanceof Fault.ResetAfter(long n) && n > 0) {
      assertThat(rangesAsked().get(2)).isEqualTo("bytes=600001-900000");
    }
  }

  @Test
  void bytesThatCameAreNotAskedForAgain() {
    bench.registry.faults().planBlob(20, new Fault.ShortBody(40_000));
    assertThat(bench.read(blob, 0, blob.size())).isEqualTo(BYTES);
    // Twenty attempts are more than the policy allows, but each brought something.
    assertThat(rangesAsked()).hasSize(21).contains("bytes=40000-1000002", "bytes=800000-1000002");
    assertThat(bench.counters.receivedBytes()).isEqualTo(BYTES.length);
  }

  static Stream<Fault> permanent() {
    return Stream.of(
        new Fault.ResetAfter(0),
        new Fault.StallAfter(0),
        new Fault.Drop(),
        Fault.Status.of(500),
        Fault.Status.retryAfter(429, "0"));
  }

  @ParameterizedTest
  @MethodSource("permanent")
  void attemptsAreCounted(Fault fault) {
    bench.registry.faults().planBlob(100, fault);
    SluiceException failure = failure(0, 10);
    assertThat(failure.kind().isTransient()).as(failure.toString()).isTrue();
    assertThat(failure).hasMessageContaining("(4 attempts)").hasMessageContaining("read bytes 0-9");
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 402, 404, 405, 406, 409, 410, 416, 418, 451, 501})
  void whatWontChangeIsNotAskedTwice(int status) {
    bench.registry.faults().planBlob(9, Fault.Status.of(status));
    SluiceException failure = failure(0, 10);
    assertThat(failure.kind().isTransient()).isFalse();
    assertThat(failure).hasMessageContaining("answers " + status);
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void aRangeThatTheServerCannotSatisfyIsCorruption() {
    Descriptor tooLong = Descriptor.of(blob.mediaType(), blob.digest(), 2_000_000);
    SluiceException failure =
        Bench.failure(bench.client.range(bench.repository, tooLong, 1_500_000, 1_500_010, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.CORRUPT);
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void aBlobOfAnotherSizeIsCorruption() {
    Descriptor tooLong = Descriptor.of(blob.mediaType(), blob.digest(), 2_000_000);
    SluiceException failure =
        Bench.failure(bench.client.range(bench.repository, tooLong, 0, 10, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.CORRUPT);
    assertThat(failure)
        .hasMessageContaining("the blob has 1000003 bytes")
        .hasMessageContaining("2000000");
  }

  static Stream<Map<String, String>> lies() {
    return Stream.of(
        Map.of("Content-Range", "bytes 0-9/1000003"),
        Map.of("Content-Range", "bytes 101-200/1000003"),
        Map.of("Content-Range", "bytes 100-200/1000003"),
        Map.of("Content-Range", "bytes 100-99/1000003"),
        Map.of("Content-Range", "bytes 100-199/1000004"),
        Map.of("Content-Range", "bytes */1000003"),
        Map.of("Content-Range", "octets 100-199/1000003"),
        Map.of("Content-Range", "bytes 100-99999999999999999999/*"),
        Map.of("Content-Range", "bytes 100-150/1000003"),
        Map.of("Content-Range", ""),
        Map.of("Content-Encoding", "gzip"),
        Map.of("Content-Encoding", "br, gzip"),
        Map.of("Content-Type", "multipart/byteranges; boundary=x"));
  }

  @ParameterizedTest
  @MethodSource("lies")
  void noByteOfALyingAnswerIsDelivered(Map<String, String> headers) {
    bench.registry.faults().planBlob(9, new Fault.Headers(headers));
    List<Integer> delivered = new ArrayList<>();
    SluiceException failure =
        Bench.failure(
            bench.client.range(
                bench.repository, blob, 100, 200, bytes -> delivered.add(bytes.length())));
    assertThat(failure.kind()).isIn(FailureKind.CORRUPT, FailureKind.UNSUPPORTED);
    assertThat(delivered).isEmpty();
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void anUnknownTotalIsFine() {
    bench
        .registry
        .faults()
        .planBlob(1, new Fault.Headers(Map.of("Content-Range", "bytes 100-199/*")));
    assertThat(bench.read(blob, 100, 200)).isEqualTo(expected(100, 200));
  }

  @Test
  void moreBytesThanAnnouncedAreAnErrorAndDontReachTheSink() {
    bench.registry.faults().planBlob(9, new Fault.LongBody(10));
    List<Integer> delivered = new ArrayList<>();
    SluiceException failure =
        Bench.failure(
            bench.client.range(
                bench.repository, blob, 0, 100, bytes -> delivered.add(bytes.length())));
    assertThat(failure.kind()).isEqualTo(FailureKind.CORRUPT);
    assertThat(delivered.stream().mapToInt(n -> n).sum()).isLessThanOrEqualTo(100);
  }

  @Test
  void aRedirectLoopEnds() {
    bench.registry.faults().planBlob(100, new Fault.RedirectLoop());
    SluiceException failure = failure(0, 10);
    assertThat(failure.kind()).isEqualTo(FailureKind.UNSUPPORTED);
    assertThat(failure).hasMessageContaining("more than 5 redirects");
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(6);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ftp://host/x", "http://", "http://host:99999/", "http://a b/", "http:///x"})
  void aRedirectToNowhereIsRefused(String location) {
    bench.registry.faults().planBlob(9, new Fault.Status(307, Map.of("Location", location), ""));
    assertThat(failure(0, 10).kind()).isEqualTo(FailureKind.UNSUPPORTED);
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void patienceBeyondTheBoundFailsAtOnceAndHoldsEveryRequestToTheHost() {
    bench.registry.faults().planBlob(1, Fault.Status.retryAfter(429, "3600"));
    assertThat(failure(0, 10).kind()).isEqualTo(FailureKind.RATE_LIMITED);
    assertThat(failure(10, 20).kind()).isEqualTo(FailureKind.RATE_LIMITED);
    assertThat(Bench.failure(bench.client.manifest(bench.repository, "x")).kind())
        .isEqualTo(FailureKind.RATE_LIMITED);
    assertThat(bench.registry.traffic().requests()).isEqualTo(1);
    assertThat(bench.counters.throttledAnswers()).isEqualTo(1);
  }

  @Test
  void patienceWithinTheBoundIsKept() {
    String soon =
        DateTimeFormatter.RFC_1123_DATE_TIME.format(
            Instant.now().plusSeconds(2).atOffset(ZoneOffset.UTC));
    bench.registry.faults().planBlob(1, Fault.Status.retryAfter(503, soon));
    long start = System.nanoTime();
    assertThat(bench.read(blob, 0, 10)).isEqualTo(expected(0, 10));
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(900));
  }

  @Test
  void aSinkThatFailsEndsTheFetch() {
    SluiceException failure =
        Bench.failure(
            bench.client.range(
                bench.repository,
                blob,
                0,
                blob.size(),
                _ -> {
                  throw new IllegalStateException("full");
                }));
    assertThat(failure.kind()).isEqualTo(FailureKind.INTERNAL);
    assertThat(bench.registry.traffic().requests(RequestKind.BLOB)).isEqualTo(1);
  }

  @Test
  void manyRangesAtOnceComeRight() {
    List<Future<byte[]>> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      long from = i * 5000L;
      java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
      all.add(
          bench
              .client
              .range(bench.repository, blob, from, from + 5000, b -> out.writeBytes(b.getBytes()))
              .map(_ -> out.toByteArray()));
    }
    for (int i = 0; i < 200; i++) {
      assertThat(Bench.await(all.get(i))).isEqualTo(expected(i * 5000L, i * 5000L + 5000));
    }
    assertThat(bench.registry.traffic().connections()).isLessThanOrEqualTo(32);
  }

  @Test
  void aDeadHostIsReportedAsUnavailable() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Repository dead = new Repository("127.0.0.1:" + port, "team/app");
    SluiceException failure = Bench.failure(bench.client.range(dead, blob, 0, 1, _ -> {}));
    assertThat(failure.kind()).isEqualTo(FailureKind.UNAVAILABLE);
    assertThat(failure).hasMessageContaining("can't open a connection to http://127.0.0.1:" + port);
  }

  @Test
  void theWholeIsBounded() {
    Timeouts tight =
        new Timeouts(
            Duration.ofSeconds(1),
            Duration.ofMillis(200),
            Duration.ofMillis(200),
            Duration.ofSeconds(30),
            Duration.ofMillis(700));
    try (Bench hasty = new Bench(EmbeddedOptions.in(directory), o -> o.withTimeouts(tight))) {
      Descriptor same = hasty.blob(BYTES);
      // Every attempt brings a little, so only the whole bound can end this.
      hasty.registry.faults().planBlob(1000, new Fault.StallAfter(10));
      SluiceException failure =
          Bench.failure(hasty.client.range(hasty.repository, same, 0, same.size(), _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.TIMEOUT);
    }
  }

  @Test
  void blobsAreAskedForWithoutCompression() {
    bench.read(blob, 0, 1);
    Seen seen = bench.registry.traffic().log().getFirst().seen();
    assertThat(seen.range()).isEqualTo("bytes=0-0");
    assertThat(seen.acceptEncoding()).isEqualTo("identity");
    assertThat(seen.userAgent()).startsWith("sluice/");
  }
}
