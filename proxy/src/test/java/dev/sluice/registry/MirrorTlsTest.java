package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
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

/** How hosts.toml says that connections are made: TLS, and how long to wait for one. */
final class MirrorTlsTest {
  private static final byte[] BYTES = Mirrors.BYTES;

  @TempDir Path directory;
  private TestCertificates certificates;
  private Mirrors mirrors;

  @BeforeEach
  void start() throws Exception {
    certificates = new TestCertificates(directory.resolve("tls"));
    // Nobody but the test's own CA is trusted, and only where a file says so.
    TestCertificates others = new TestCertificates(directory.resolve("others"));
    mirrors =
        new Mirrors(
            directory,
            options -> options.withEnvironment(Map.of("SSL_CERT_FILE", others.ca.toString())));
  }

  @AfterEach
  void stop() {
    mirrors.close();
  }

  private EmbeddedRegistry secure(String name, boolean wantsCertificate) throws Exception {
    var tls = certificates.server(name, wantsCertificate);
    return mirrors.full(options -> options.withTls(tls));
  }

  private SluiceException failure() {
    return Bench.failure(mirrors.reading());
  }

  private void serverWith(EmbeddedRegistry server, String keys) throws IOException {
    mirrors.hosts("server = 'https://" + server.host() + "'\n" + keys);
  }

  @Test
  void aCaOfTheFileIsTrustedForItsHostOnly() throws Exception {
    EmbeddedRegistry one = secure("127.0.0.1", false);
    EmbeddedRegistry two = secure("127.0.0.1", false);
    Files.copy(
        certificates.ca,
        Files.createDirectories(mirrors.root.resolve(Mirrors.NAMESPACE)).resolve("ca.pem"));
    mirrors.hosts(
        "server = 'https://%s'\n[host.'https://%s']\nca = 'ca.pem'"
            .formatted(two.host(), one.host()));
    assertThat(mirrors.read(0, 10)).hasSize(10);
    mirrors.hosts(
        "server = 'https://%s'\nca = ['ca.pem']\n[host.'https://%s']"
            .formatted(two.host(), one.host()));
    await()
        .ignoreExceptions()
        .untilAsserted(() -> {
          assertThat(mirrors.read(0, 10)).hasSize(10);
          assertThat(Mirrors.requests(two)).isPositive();
        });
    assertThat(mirrors.counters.failovers(FailoverReason.UNREACHABLE)).isPositive();
    one.traffic().reset();
    assertThat(mirrors.read(0, 10)).hasSize(10);
    assertThat(Mirrors.requests(one)).isZero();
  }

  @Test
  void aCertificateThatNobodyVouchesForIsRefusedUnlessToldOtherwise() throws Exception {
    EmbeddedRegistry server = secure("elsewhere.example", false);
    serverWith(server, "");
    assertThat(failure().kind()).isEqualTo(FailureKind.FORBIDDEN);
    assertThat(Mirrors.requests(server)).isZero();
    serverWith(server, "skip_verify = true");
    await().ignoreExceptions().untilAsserted(() -> assertThat(mirrors.read(0, 10)).hasSize(10));
    serverWith(server, "skip_verify = false");
    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(failure().kind()).isEqualTo(FailureKind.FORBIDDEN));
  }

  @Test
  void aCertificateOfOursIsShown() throws Exception {
    EmbeddedRegistry server = secure("127.0.0.1", true);
    String ca = "ca = '" + certificates.ca + "'\n";
    serverWith(server, ca);
    failure();
    assertThat(Mirrors.requests(server)).isZero();
    Path both = certificates.client();
    serverWith(server, ca + "client = '" + both + "'");
    await().ignoreExceptions().untilAsserted(() -> assertThat(mirrors.read(0, 10)).hasSize(10));
    Path certificate = directory.resolve("tls/only.pem");
    String pem = Files.readString(both);
    Files.writeString(certificate, pem.substring(0, pem.indexOf("-----BEGIN PRIVATE")));
    long before = Mirrors.requests(server);
    serverWith(
        server,
        ca + "client = [['" + certificate + "', '" + directory.resolve("tls/client.key") + "']]");
    await()
        .ignoreExceptions()
        .untilAsserted(() -> {
          assertThat(mirrors.read(0, 10)).hasSize(10);
          assertThat(Mirrors.requests(server)).isGreaterThan(before);
        });
  }

  @Test
  void certificatesBesideAFileThatIsntThereCount() throws Exception {
    EmbeddedRegistry server = secure("127.0.0.1", true);
    Path own = Files.createDirectories(mirrors.root.resolve(server.host().replace(':', '_') + "_"));
    Files.copy(certificates.ca, own.resolve("ca.crt"));
    Files.copy(certificates.client(), own.resolve("client.cert"));
    Files.copy(directory.resolve("tls/client.key"), own.resolve("client.key"));
    Bench.await(
        mirrors.client.range(
            new Repository(server.host(), "team/app"), Mirrors.BLOB, 0, 10, _ -> {}));
  }

  @Test
  void aRenewedCaCountsWithoutRestart() throws Exception {
    EmbeddedRegistry server = secure("127.0.0.1", false);
    Path ca = directory.resolve("ca.pem");
    Files.copy(directory.resolve("others/ca.pem"), ca);
    serverWith(server, "ca = '" + ca + "'");
    assertThat(failure().kind()).isEqualTo(FailureKind.FORBIDDEN);
    Files.writeString(ca, Files.readString(certificates.ca));
    await().ignoreExceptions().untilAsserted(() -> assertThat(mirrors.read(0, 10)).hasSize(10));
  }

  @Test
  void aCaThatIsntThereIsAFailureOfItsHostOnly() throws Exception {
    EmbeddedRegistry server = mirrors.full();
    mirrors.hosts(
        "server = 'http://%s'\n[host.'https://127.0.0.1:1']\nca = 'absent.pem'"
            .formatted(server.host()));
    assertThat(mirrors.read(0, 10)).hasSize(10);
    mirrors.hosts("server = 'https://" + server.host() + "'\nca = 'absent.pem'");
    await()
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(failure()).hasMessageContaining("absent.pem"));
  }

  @Test
  void redirectsAndTokensOfAHostAreReachedAsTheHostIs() throws Exception {
    var tls = certificates.server("127.0.0.1", false);
    EmbeddedRegistry server =
        mirrors.full(options ->
            options
                .withTls(tls)
                .withSignedUrls(Duration.ofMinutes(5))
                .withAccess(new Access.Bearer("a", "b", Duration.ofMinutes(5), true, true)));
    serverWith(server, "ca = '" + certificates.ca + "'");
    assertThat(mirrors.read(5, 15)).isEqualTo(Arrays.copyOfRange(BYTES, 5, 15));
    assertThat(server.traffic().requests(RequestKind.STORAGE)).isEqualTo(1);
    assertThat(server.traffic().requests(RequestKind.TOKEN)).isEqualTo(1);
  }

  @Test
  void aLocalRegistryIsTriedByTlsFirstAndThenPlain() throws Exception {
    EmbeddedRegistry plain = mirrors.full();
    EmbeddedRegistry secured = secure("elsewhere.example", false);
    for (EmbeddedRegistry registry : List.of(plain, secured)) {
      Repository repository = new Repository(registry.host(), "team/app");
      for (int i = 0; i < 3; i++) {
        Bench.await(mirrors.client.range(repository, Mirrors.BLOB, i, i + 1, _ -> {}));
      }
      assertThat(Mirrors.requests(registry)).isGreaterThanOrEqualTo(3);
      assertThat(registry.traffic().log().getFirst().seen().query()).isEmpty();
    }
    assertThat(plain.traffic().log()).filteredOn(entry -> entry.status() == 206).hasSize(3);
  }

  @Test
  void aHostThatIsAskedForByTlsIsNeverAskedWithout() throws Exception {
    EmbeddedRegistry plain = mirrors.full();
    serverWith(plain, "skip_verify = true");
    assertThat(failure().kind()).isEqualTo(FailureKind.UNAVAILABLE);
    assertThat(plain.traffic().log()).noneMatch(entry -> entry.status() / 100 == 2);
  }

  @Test
  void aRefusedCertificateIsNoReasonToGoWithoutTls() throws Exception {
    EmbeddedRegistry server = secure("127.0.0.1", true);
    mirrors.hosts("server = 'http://" + server.host() + "'\nca = '" + certificates.ca + "'");
    failure();
    assertThat(Mirrors.requests(server)).isZero();
  }

  @Test
  void aDialTimeoutIsObeyed() throws Exception {
    EmbeddedRegistry server = mirrors.full();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      List<Socket> waiting = fill(full);
      mirrors.hosts(
          "server = 'http://%s'\n[host.'http://127.0.0.1:%d']\ndial_timeout = '200ms'"
              .formatted(server.host(), full.getLocalPort()));
      // Without the file's word it would wait longer than the whole call may last.
      Timeouts patient =
          new Timeouts(
              Duration.ofMinutes(5),
              Duration.ofSeconds(5),
              Duration.ofSeconds(5),
              Duration.ofSeconds(30),
              Duration.ofSeconds(10));
      RegistryClient client = mirrors.client(mirrors.options.withTimeouts(patient));
      assertThat(Mirrors.read(client, 0, 10)).hasSize(10);
      assertThat(mirrors.counters.failovers(FailoverReason.UNREACHABLE)).isEqualTo(1);
      for (Socket one : waiting) {
        one.close();
      }
    }
  }

  /** Connects until the kernel answers no more. */
  private static List<Socket> fill(ServerSocket server) throws IOException {
    List<Socket> waiting = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      Socket one = new Socket();
      try {
        one.connect(server.getLocalSocketAddress(), 300);
        waiting.add(one);
      } catch (java.net.SocketTimeoutException _) {
        one.close();
        return waiting;
      }
    }
    throw new AssertionError("the backlog never filled");
  }
}
