package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialsTest {
  @TempDir Path home;

  private static String auth(String user, String password) {
    return "{\"auth\":\""
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8))
        + "\"}";
  }

  private static Credentials find(String json, String host, String path) {
    return AuthFile.parse("test", json).find(new Repository(host, path), Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "reg.example, reg.example, team/app",
    "reg.example:5000, reg.example:5000, team/app",
    "https://reg.example, reg.example, team/app",
    "https://reg.example/v1/, reg.example, team/app",
    "http://reg.example/v2/, reg.example, team/app",
    "reg.example/team, reg.example, team/app",
    "reg.example/team/app, reg.example, team/app",
    "https://index.docker.io/v1/, docker.io, library/redis",
    "docker.io, docker.io, library/redis",
    "registry-1.docker.io, docker.io, library/redis",
    "https://index.docker.io/v1/, registry-1.docker.io, library/redis",
  })
  void aKeyNamesARegistry(String key, String host, String path) {
    assertThat(find("{\"auths\":{\"" + key + "\":" + auth("ann", "a:b") + "}}", host, path))
        .isEqualTo(new Credentials.Password("ann", "a:b"));
  }

  @ParameterizedTest
  @CsvSource({
    "reg.example, other.example, team/app",
    "reg.example, reg.example:5000, team/app",
    "reg.example/team, reg.example, teams/app",
    "reg.example/team/app, reg.example, team",
    "evil-reg.example, reg.example, team/app",
    "reg.example.evil, reg.example, team/app",
    "https://index.docker.io/v1/, docker.io.evil, library/redis",
  })
  void aKeyOfAnotherRegistryDoesnt(String key, String host, String path) {
    assertThat(find("{\"auths\":{\"" + key + "\":" + auth("ann", "x") + "}}", host, path))
        .isEqualTo(Credentials.NONE);
  }

  @Test
  void theLongestPathWins() {
    String file =
        "{\"auths\":{\"r.example\":%s,\"r.example/a\":%s,\"r.example/a/b\":%s}}"
            .formatted(auth("u0", "p"), auth("u1", "p"), auth("u2", "p"));
    assertThat(find(file, "r.example", "a/b")).isEqualTo(new Credentials.Password("u2", "p"));
    assertThat(find(file, "r.example", "a/c")).isEqualTo(new Credentials.Password("u1", "p"));
    assertThat(find(file, "r.example", "c")).isEqualTo(new Credentials.Password("u0", "p"));
  }

  @Test
  void allFormsOfAnEntryAreKnown() {
    String entry = "{\"auths\":{\"r.example\":%s}}";
    assertThat(find(entry.formatted("{\"identitytoken\":\"t\"}"), "r.example", "a"))
        .isEqualTo(new Credentials.IdentityToken("t"));
    assertThat(find(entry.formatted("{\"registrytoken\":\"t\"}"), "r.example", "a"))
        .isEqualTo(new Credentials.RegistryToken("t"));
    assertThat(find(entry.formatted("{\"username\":\"ann\",\"password\":\"p\"}"), "r.example", "a"))
        .isEqualTo(new Credentials.Password("ann", "p"));
    assertThat(find(entry.formatted(auth("ann", "p\0\0")), "r.example", "a"))
        .isEqualTo(new Credentials.Password("ann", "p"));
    assertThat(find(entry.formatted("{}"), "r.example", "a")).isEqualTo(Credentials.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"auths\":{\"r.example\":{\"auth\":\"c2VjcmV0\"}}}",
        "{\"auths\":{\"r.example\":{\"auth\":\"c\"}}}",
        "{\"auths\":{\"r.example\":\"secret\"}}",
        "{\"auths\":\"secret\"}",
        "{\"auths\": secret}",
        "[\"secret\"]",
      })
  void aMalformedFileIsNamedAndNotQuoted(String json) {
    assertThatThrownBy(() -> find(json, "r.example", "a"))
        .isInstanceOf(SluiceException.class)
        .hasMessageStartingWith("read credentials from test: ")
        .hasMessageNotContaining("secret")
        .hasNoCause();
  }

  @Test
  void secretsHaveNoTextForm() {
    assertThat(
            new Credentials.Password("ann", "hush").toString()
                + new Credentials.IdentityToken("hush")
                + new Credentials.RegistryToken("hush"))
        .doesNotContain("hush")
        .doesNotContain("ann");
  }

  @Test
  void filesAreAskedInOrder() throws IOException {
    Path docker = Files.createDirectories(home.resolve(".docker"));
    Path other = Files.createDirectories(home.resolve("other"));
    Path run = Files.createDirectories(home.resolve("run/containers"));
    Path config = Files.createDirectories(home.resolve(".config/containers"));
    Map<String, String> environment = new HashMap<>(Map.of("HOME", home.toString()));

    assertThat(user(environment)).isEqualTo("none");
    write(config.resolve("auth.json"), "config");
    assertThat(user(environment)).isEqualTo("config");
    write(run.resolve("auth.json"), "run");
    assertThat(user(environment)).isEqualTo("config");
    environment.put("XDG_RUNTIME_DIR", home.resolve("run").toString());
    assertThat(user(environment)).isEqualTo("run");
    write(docker.resolve("config.json"), "docker");
    assertThat(user(environment)).isEqualTo("docker");
    write(other.resolve("config.json"), "other");
    environment.put("DOCKER_CONFIG", other.toString());
    assertThat(user(environment)).isEqualTo("other");
    environment.put("DOCKER_AUTH_CONFIG", "{\"auths\":{\"r.example\":" + auth("var", "p") + "}}");
    assertThat(user(environment)).isEqualTo("var");
    environment.put("DOCKER_AUTH_CONFIG", "{\"auths\":{\"x.example\":" + auth("var", "p") + "}}");
    assertThat(user(environment)).isEqualTo("other");
  }

  private static void write(Path file, String user) throws IOException {
    Files.writeString(file, "{\"auths\":{\"r.example\":" + auth(user, "p") + "}}");
  }

  private static String user(Map<String, String> environment) {
    Vertx vertx = Vertx.vertx();
    try {
      Credentials found =
          Bench.await(
              DockerCredentials.of(vertx, environment).lookup(new Repository("r.example", "a")));
      return found instanceof Credentials.Password(String user, String _) ? user : "none";
    } finally {
      Bench.await(vertx.close());
    }
  }

  private Map<String, String> helper(String name, String script) throws IOException {
    Path bin = Files.createDirectories(home.resolve("bin"));
    Path program = bin.resolve("docker-credential-" + name);
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Map.of("PATH", bin + ":/usr/bin:/bin");
  }

  @Test
  void aHelperIsAskedByItsOwnProtocol() throws IOException {
    Map<String, String> environment =
        helper(
            "t",
            "[ \"$1\" = get ] || exit 3; read -r url || true;"
                + " printf '{\"ServerURL\":\"%s\",\"Username\":\"ann\",\"Secret\":\"of %s\"}' \"$url\""
                + " \"$url\"");
    assertThat(new CredentialHelper("t", environment).get("r.example"))
        .isEqualTo(new Credentials.Password("ann", "of r.example"));
    String file = "{\"credHelpers\":{\"r.example\":\"t\"},\"auths\":{}}";
    Repository repository = new Repository("r.example", "a");
    assertThat(AuthFile.parse("test", file).find(repository, environment))
        .isEqualTo(new Credentials.Password("ann", "of r.example"));
    String store = "{\"credsStore\":\"t\"}";
    assertThat(AuthFile.parse("test", store).find(new Repository("docker.io", "a"), environment))
        .isEqualTo(new Credentials.Password("ann", "of https://index.docker.io/v1/"));
  }

  @Test
  void aHelperMayGiveAnIdentityTokenOrNothing() throws IOException {
    Map<String, String> token =
        helper("t", "cat >/dev/null; echo '{\"Username\":\"<token>\",\"Secret\":\"id\"}'");
    assertThat(new CredentialHelper("t", token).get("r"))
        .isEqualTo(new Credentials.IdentityToken("id"));
    Map<String, String> none =
        helper("t", "echo 'credentials not found in native keychain'; exit 1");
    assertThat(new CredentialHelper("t", none).get("r")).isEqualTo(Credentials.NONE);
  }

  @ParameterizedTest
  @CsvSource({
    "'echo secret; exit 1', UNAUTHORIZED",
    "'echo secret', UNAUTHORIZED",
    "'head -c 1000000 /dev/zero', UNAUTHORIZED",
    "'exec sleep 1000', TIMEOUT",
  })
  void aHelperThatMisbehavesIsNamedAndNotQuoted(String script, FailureKind kind)
      throws IOException {
    CredentialHelper helper =
        new CredentialHelper("t", helper("t", script), Duration.ofMillis(1500));
    assertThatThrownBy(() -> helper.get("r"))
        .isInstanceOfSatisfying(
            SluiceException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessageStartingWith("run docker-credential-t: ")
        .hasMessageNotContaining("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../x", "a/b", "a b", "", "x;y"})
  void aHelpersNameIsNoPath(String name) {
    assertThatThrownBy(() -> new CredentialHelper(name, Map.of()))
        .isInstanceOf(SluiceException.class);
  }

  @Test
  void aMissingHelperIsNamed() {
    assertThatThrownBy(() -> new CredentialHelper("absent", Map.of("PATH", "/nowhere")).get("r"))
        .hasMessageContaining("docker-credential-absent")
        .hasMessageContaining("no such program in PATH");
  }
}
