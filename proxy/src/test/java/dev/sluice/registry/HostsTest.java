package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Repository;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a configured host becomes for the client. */
final class HostsTest {
  @TempDir Path root;
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void stop() {
    Bench.await(vertx.close());
  }

  private List<RegistryHost> hosts(RegistryOptions options, String namespace) {
    return Bench.await(new Hosts(vertx, options).of(namespace));
  }

  private RegistryHost server(String namespace, String text) throws IOException {
    Path directory = Files.createDirectories(root.resolve(namespace));
    Files.writeString(directory.resolve("hosts.toml"), text);
    return hosts(RegistryOptions.defaults().withHostsDirectories(List.of(root)), namespace)
        .getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "r.example, https://r.example, false, r.example",
    "r.example, https://r.example:443, true, r.example",
    "r.example, http://r.example, false, r.example",
    "r.example:5000, https://r.example:5000, false, r.example:5000",
    "r.example:5000, https://r.example, true, r.example",
    "r.example, https://m.example, true, m.example",
    "r.example, https://m.example:5000, true, m.example:5000",
    "docker.io, https://registry-1.docker.io, false, docker.io",
    "docker.io, https://m.example, true, m.example",
    "ghcr.io, https://registry-1.docker.io, true, registry-1.docker.io",
  })
  void aHostIsTheRegistryItselfOrAMirror(
      String namespace, String url, boolean named, String credentialHost) throws IOException {
    RegistryHost host = server(namespace, "server = '" + url + "'");
    assertThat(host.named()).isEqualTo(named);
    assertThat(host.credentialHost()).isEqualTo(credentialHost);
    assertThat(host.backed()).isFalse();
    Repository repository = new Repository(namespace, "a/b");
    assertThat(host.at(repository, "c").uri())
        .isEqualTo("/v2/a/b/c" + (named ? "?ns=" + namespace.replace(":", "%3A") : ""));
    assertThat(Scope.pull(host, repository).place())
        .isEqualTo(new Repository(credentialHost, "a/b"));
  }

  @ParameterizedTest
  @CsvSource({
    "http://m.example, skip_verify = false, https://m.example, http://m.example",
    "http://m.example:5000, skip_verify = true, https://m.example:5000, http://m.example:5000",
    "http://m.example:5000, '', http://m.example:5000, ",
    "http://m.example:80, skip_verify = true, http://m.example, ",
    "https://m.example, skip_verify = true, https://m.example, ",
  })
  void aPlainHostWithTlsSettingsMayDoBoth(String url, String keys, String first, String then)
      throws IOException {
    RegistryHost host = server("r.example", "server = '" + url + "'\n" + keys);
    assertThat(host.origin()).hasToString(first);
    assertThat(host.plainOrigin() == null ? null : host.plainOrigin().toString()).isEqualTo(then);
    assertThat(host.withoutTls().origin()).hasToString(then == null ? first : then);
  }

  @Test
  void whereNothingIsConfiguredNothingIsRead() {
    RegistryOptions none = RegistryOptions.defaults();
    assertThat(hosts(none, "localhost:5000").getFirst().origin())
        .hasToString("https://localhost:5000");
    assertThat(hosts(none, "docker.io").getFirst().origin())
        .hasToString("https://registry-1.docker.io");
    RegistryOptions plain = none.withPlainHttpHosts(Set.of("r.example"));
    assertThat(hosts(plain, "r.example").getFirst().origin()).hasToString("http://r.example");
  }

  @Test
  void theSameHostsAreTheSameObjects() throws IOException {
    server("r.example", "server = 'https://m.example'");
    Hosts hosts = new Hosts(vertx, RegistryOptions.defaults().withHostsDirectories(List.of(root)));
    assertThat(hosts.last("r.example")).isEmpty();
    List<RegistryHost> first = Bench.await(hosts.of("r.example"));
    assertThat(Bench.await(hosts.of("r.example"))).isSameAs(first);
    assertThat(hosts.last("r.example")).isSameAs(first);
  }

  @Test
  void aNamespaceThatIsNoHostIsInvalid() {
    for (RegistryOptions options :
        List.of(
            RegistryOptions.defaults(),
            RegistryOptions.defaults().withHostsDirectories(List.of(root)))) {
      RegistryClient client = RegistryClients.create(vertx, options);
      assertThat(Bench.failure(client.manifest(new Repository("a b", "c"), "1")).kind())
          .isEqualTo(FailureKind.INVALID);
      Bench.await(client.close());
    }
  }
}
