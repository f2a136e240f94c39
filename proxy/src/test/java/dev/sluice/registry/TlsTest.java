package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.net.OpenSSLEngineOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trust, client certificates, and that nothing slips from TLS to plain text. */
final class TlsTest {
  private static final byte[] BYTES = Bench.random(3_000_000);

  @TempDir Path directory;
  private TestCertificates certificates;

  @BeforeEach
  void makeCertificates() throws Exception {
    certificates = new TestCertificates(directory.resolve("tls"));
  }

  private Bench trusting(String name, boolean http2) throws Exception {
    return new Bench(
        EmbeddedOptions.in(directory).withTls(certificates.server(name, false)),
        options -> options.withHttp2(http2).withCaFiles(List.of(certificates.ca)));
  }

  @Test
  void theNativeEngineIsThere() {
    assertThat(OpenSSLEngineOptions.isAvailable()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aCaOfOnesOwnIsTrusted(boolean http2) throws Exception {
    try (Bench bench = trusting("127.0.0.1", http2)) {
      Descriptor blob = bench.blob(BYTES);
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
      PushPullTest.push(bench, directory, Bench.random(500_000));
      for (int i = 0; i < 40; i++) {
        assertThat(bench.read(blob, i, i + 1)).hasSize(1);
      }
      // One connection for reading and pushing in turn, whatever the protocol.
      assertThat(bench.registry.traffic().connections()).isLessThanOrEqualTo(2);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBrokenBodyIsResumedOverBothProtocols(boolean http2) throws Exception {
    try (Bench bench = trusting("127.0.0.1", http2)) {
      Descriptor blob = bench.blob(BYTES);
      bench.registry.faults().planBlob(1, new Fault.ResetAfter(1_000_000));
      bench.registry.faults().planBlob(1, new Fault.StallAfter(1_000_000));
      bench.registry.faults().planBlob(1, new Fault.ShortBody(1_000));
      assertThat(bench.read(blob, 0, BYTES.length)).isEqualTo(BYTES);
    }
  }

  @Test
  void anUnknownCaIsRefusedWithoutRetry() throws Exception {
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory).withTls(certificates.server("127.0.0.1", false)),
            options -> options)) {
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageContaining("certificate is not trusted");
      assertThat(failure.advice()).contains("CA");
      assertThat(bench.registry.traffic().requests()).isZero();
      assertThat(bench.counters.retries()).isZero();
    }
  }

  @Test
  void aCertificateForAnotherNameIsRefused() throws Exception {
    try (Bench bench = trusting("elsewhere.example", true)) {
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(bench.registry.traffic().requests()).isZero();
    }
  }

  @Test
  void anExpiredCertificateIsRefusedWithoutRetry_andNamed() throws Exception {
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory).withTls(certificates.expired("127.0.0.1")),
            options -> options.withCaFiles(List.of(certificates.ca)))) {
      SluiceException failure =
          Bench.failure(
              bench.client.range(bench.repository, Bench.descriptor(BYTES), 0, 10, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageContaining("the server's certificate is not trusted: expired");
      assertThat(failure.advice()).contains("renewed").contains("clock");
      assertThat(bench.counters.retries()).isZero();
    }
  }

  @Test
  void aClientCertificateIsShown() throws Exception {
    Path client = certificates.client();
    EmbeddedOptions served =
        EmbeddedOptions.in(directory).withTls(certificates.server("127.0.0.1", true));
    try (Bench bench =
        new Bench(
            served,
            options ->
                options
                    .withCaFiles(List.of(certificates.ca))
                    .withClientCertificate(client, null))) {
      assertThat(bench.read(bench.blob(BYTES), 0, 10)).hasSize(10);
    }
    try (Bench bench =
        new Bench(served, options -> options.withCaFiles(List.of(certificates.ca)))) {
      Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(bench.registry.traffic().requests()).isZero();
    }
  }

  @Test
  void loopbackIsNotPlainByItself() {
    try (Bench bench =
        new Bench(EmbeddedOptions.in(directory), options -> options.withPlainHttp(false))) {
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "1"));
      assertThat(failure.kind()).isEqualTo(FailureKind.UNAVAILABLE);
      assertThat(failure.advice()).contains("--plain-http");
      assertThat(bench.registry.traffic().requests()).isZero();
    }
  }

  @Test
  void plainHttpCanBeAskedForByHost() {
    try (Bench bench =
        new Bench(EmbeddedOptions.in(directory), options -> options.withPlainHttp(false))) {
      RegistryClient client =
          RegistryClients.create(
              bench.vertx,
              bench.options.withPlainHttpHosts(java.util.Set.of(bench.registry.host())));
      Bench.await(client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      Bench.await(client.close());
    }
  }

  @Test
  void aRedirectToPlainHttpIsRefused() throws Exception {
    try (Bench bench = trusting("127.0.0.1", true)) {
      Map<String, String> headers = Map.of("Location", "http://127.0.0.1:1/b?sig=hush");
      bench.registry.faults().planBlob(9, new Fault.Status(307, headers, ""));
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageNotContaining("hush");
    }
  }

  @Test
  void aTokenEndpointOverPlainHttpIsRefused() throws Exception {
    try (Bench bench =
        new Bench(
            EmbeddedOptions.in(directory).withTls(certificates.server("127.0.0.1", false)),
            options ->
                options
                    .withCaFiles(List.of(certificates.ca))
                    .withCredentials(
                        _ -> Future.succeededFuture(new Credentials.Password("a", "b"))))) {
      Map<String, String> headers =
          Map.of("WWW-Authenticate", "Bearer realm=\"http://127.0.0.1:1/token\"");
      bench.registry.faults().planBlob(9, new Fault.Status(401, headers, ""));
      SluiceException failure =
          Bench.failure(bench.client.range(bench.repository, bench.blob(BYTES), 0, 1, _ -> {}));
      assertThat(failure.kind()).isEqualTo(FailureKind.FORBIDDEN);
      assertThat(failure).hasMessageContaining("sends for a token to http://127.0.0.1:1");
    }
  }

  @Test
  void aCaFileThatIsNoneIsNamed() throws IOException {
    Path empty = Files.writeString(directory.resolve("empty.pem"), "");
    Path absent = directory.resolve("absent.pem");
    Path garbage =
        Files.writeString(directory.resolve("garbage.pem"), "-----BEGIN CERTIFICATE-----\nxx\n");
    for (Path file : List.of(empty, absent, garbage)) {
      try (Bench bench =
          new Bench(
              EmbeddedOptions.in(directory),
              options -> options.withPlainHttp(false).withCaFiles(List.of(file)))) {
        SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "1"));
        assertThat(failure).hasMessageContaining(file.toString());
      }
    }
  }
}
