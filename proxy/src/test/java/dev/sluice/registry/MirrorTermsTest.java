package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.embedded.Traffic;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What hosts.toml says of a host, and who is shown what: rights, credentials, headers, paths. */
final class MirrorTermsTest {
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

  @Test
  void theRegistryItselfIsntToldItsName() throws IOException {
    EmbeddedRegistry server = mirrors.full();
    mirrors.hosts(server.host(), "server = 'http://" + server.host() + "'");
    Bench.await(
        mirrors.client.range(
            new dev.sluice.oci.Repository(server.host(), "team/app"),
            Mirrors.BLOB,
            0,
            10,
            _ -> {}));
    assertThat(server.traffic().log())
        .allSatisfy(entry -> assertThat(entry.seen().query()).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({"pull, false, true", "resolve, false, false", "'pull, resolve', true, true"})
  void aMirrorIsAskedForWhatItMayDo(String capabilities, boolean tags, boolean blobs)
      throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    String list = "['" + capabilities.replace(", ", "', '") + "']";
    mirrors.hosts(
        "server = 'http://%s'\n[host.'http://%s']\ncapabilities = %s"
            .formatted(server.host(), mirror.host(), list));
    Bench.await(mirrors.client.manifest(Mirrors.REPOSITORY, "1"));
    assertThat(Mirrors.requests(mirror)).isEqualTo(tags ? 1 : 0);
    mirrors.read(0, 1);
    assertThat(mirror.traffic().requests(RequestKind.BLOB)).isEqualTo(blobs ? 1 : 0);
    Bench.await(mirrors.client.pushManifest(Mirrors.REPOSITORY, "2", Mirrors.INDEX));
    Descriptor blob = Bench.descriptor(new byte[5]);
    assertThat(Bench.await(mirrors.client.hasBlob(Mirrors.REPOSITORY, blob.digest()))).isFalse();
    Bench.await(
        mirrors.client.pushBlob(
            Mirrors.REPOSITORY, blob, RegistryClient.BodySource.of(new byte[5])));
    assertThat(mirror.traffic().requests(RequestKind.UPLOAD)).isZero();
    assertThat(server.traffic().requests(RequestKind.UPLOAD)).isEqualTo(2);
  }

  @Test
  void whatNobodyMayDoFailsAndSaysWhy() throws IOException {
    EmbeddedRegistry server = mirrors.full();
    mirrors.hosts("server = 'http://%s'\ncapabilities = ['pull']".formatted(server.host()));
    SluiceException failure = Bench.failure(mirrors.client.manifest(Mirrors.REPOSITORY, "1"));
    assertThat(failure.kind()).isEqualTo(FailureKind.FAILED_PRECONDITION);
    assertThat(failure).hasMessageContaining("capabilities [pull, resolve]");
    assertThat(failure.advice()).contains("hosts.toml");
    assertThat(Mirrors.requests(server)).isZero();
  }

  @Test
  void aChangeOfTheFileCountsWithoutRestart() throws IOException {
    EmbeddedRegistry one = mirrors.full();
    EmbeddedRegistry two = mirrors.full();
    mirrors.order(one.host());
    mirrors.read(0, 1);
    mirrors.order(two.host());
    await()
        .untilAsserted(() -> {
          mirrors.read(0, 1);
          assertThat(Mirrors.requests(two)).isPositive();
        });
    Files.writeString(mirrors.root.resolve(Mirrors.NAMESPACE + "/hosts.toml"), "nonsense");
    await()
        .untilAsserted(() ->
            assertThat(Bench.failure(mirrors.reading()))
                .hasMessageContaining("http://registry.example"));
  }

  @Test
  void credentialsOfTheRegistryNeverReachAMirror() throws IOException {
    EmbeddedRegistry mirror =
        mirrors.full(options -> options.withAccess(new Access.Basic("ann", "hush")));
    EmbeddedRegistry server =
        mirrors.full(options -> options.withAccess(new Access.Basic("ann", "hush")));
    mirrors.order(mirror.host(), server.host());
    Credentials secret = new Credentials.Password("ann", "hush");
    List<String> asked = new java.util.concurrent.CopyOnWriteArrayList<>();
    RegistryClient client =
        mirrors.client(
            mirrors.options.withCredentials(repository -> {
              asked.add(repository.toString());
              return Future.succeededFuture(
                  repository.host().equals(server.host()) ? secret : Credentials.NONE);
            }));
    assertThat(Mirrors.read(client, 0, 10)).hasSize(10);
    assertThat(asked).contains(mirror.host() + "/team/app", server.host() + "/team/app");
    assertThat(mirror.traffic().log())
        .isNotEmpty()
        .extracting(Traffic.Entry::seen)
        .allSatisfy(seen -> assertThat(seen.authorization()).isNull());
  }

  @Test
  void credentialsForAMirrorAreShownToIt() throws IOException {
    EmbeddedRegistry mirror =
        mirrors.full(options ->
            options.withAccess(
                new Access.Bearer("bob", "hush", Duration.ofMinutes(5), false, true)));
    EmbeddedRegistry server = mirrors.full();
    mirrors.order(mirror.host(), server.host());
    RegistryClient client =
        mirrors.client(
            mirrors.options.withCredentials(repository ->
                Future.succeededFuture(
                    repository.host().equals(mirror.host())
                        ? new Credentials.Password("bob", "hush")
                        : Credentials.NONE)));
    assertThat(Mirrors.read(client, 0, 10)).hasSize(10);
    assertThat(Mirrors.requests(server)).isZero();
  }

  @Test
  void headersGoToTheirHostAndItsTokensOnly() throws IOException {
    EmbeddedRegistry mirror =
        mirrors.full(options ->
            options
                .withAccess(new Access.Bearer("bob", "x", Duration.ofMinutes(5), true, true))
                .withSignedUrls(Duration.ofMinutes(5)));
    EmbeddedRegistry server = mirrors.full();
    mirrors.hosts(
        """
        server = 'http://%s'
        [host.'http://%s']
        [host.'http://%s'.header]
        X-Tenant = 'blue'
        Range = 'bytes=0-0'
        """
            .formatted(server.host(), mirror.host(), mirror.host()));
    assertThat(mirrors.read(5, 15)).isEqualTo(Arrays.copyOfRange(BYTES, 5, 15));
    assertThat(mirror.traffic().log())
        .extracting(Traffic.Entry::seen)
        .allSatisfy(seen ->
            assertThat(seen.headers().get("x-tenant"))
                .isEqualTo(seen.kind() == RequestKind.STORAGE ? null : "blue"));
    assertThat(mirror.traffic().requests(RequestKind.TOKEN)).isEqualTo(1);
    assertThat(mirror.traffic().requests(RequestKind.STORAGE)).isEqualTo(1);
    mirror.faults().plan(1000, _ -> true, Fault.Status.of(500));
    mirrors.read(5, 15);
    assertThat(server.traffic().log())
        .hasSize(1)
        .allSatisfy(entry -> assertThat(entry.seen().headers()).doesNotContainKey("x-tenant"));
  }

  @Test
  void aPathOfAMirrorIsUsed() throws IOException {
    EmbeddedRegistry mirror = mirrors.full();
    EmbeddedRegistry server = mirrors.full();
    mirrors.hosts(
        "server = 'http://%s'\n[host.'http://%s/v2/proxy']\noverride_path = true"
            .formatted(server.host(), mirror.host()));
    mirrors.read(0, 1);
    assertThat(mirror.traffic().log().getFirst().seen().path())
        .isEqualTo("/v2/proxy/team/app/blobs/" + Mirrors.BLOB.digest());
  }
}
