package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.ImageReference;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kubelet's credential plugins, as shell scripts that are really run. */
final class KubeletPluginsTest {
  private static final String CONFIG =
      """
      apiVersion: kubelet.config.k8s.io/v1
      kind: CredentialProviderConfig
      providers:
        - name: %s
          matchImages: ["*.registry.example", "docker.io"]
          defaultCacheDuration: "%s"
          apiVersion: credentialprovider.kubelet.k8s.io/v1
          args: [get, --really]
          env:
            - name: USER_NAME
              value: ann
      """;

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);

  @AfterEach
  void close() throws TimeoutException {
    vertx.close().await(20, TimeUnit.SECONDS);
  }

  private void plugin(String name, String script) throws IOException {
    Path program = directory.resolve(name);
    Files.writeString(program, "#!/bin/sh\ncd '" + directory + "'\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
  }

  private static String response(String more, String auth) {
    return """
    {"kind":"CredentialProviderResponse",\
    "apiVersion":"credentialprovider.kubelet.k8s.io/v1",%s"auth":{%s}}\
    """
        .formatted(more, auth);
  }

  /** A script that counts its runs and answers. */
  private static String answer(String more, String auth) {
    return "cat > request; echo x >> runs; cat <<END\n" + response(more, auth) + "\nEND";
  }

  private CredentialSource open(String config) throws IOException {
    Path file = Files.writeString(directory.resolve("config.yaml"), config);
    return KubeletPlugins.open(
        vertx, file, directory, Map.of("PATH", "/usr/bin:/bin"), Duration.ofMillis(1500), now::get);
  }

  private long runs() throws IOException {
    Path file = directory.resolve("runs");
    return Files.exists(file) ? Files.readAllLines(file).size() : 0;
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static Credentials lookup(CredentialSource source, String image) {
    return await(source.lookup(ImageReference.parse(image).repository()));
  }

  private static Credentials user(String user) {
    return new Credentials.Password(user, "p");
  }

  @Test
  void aPluginIsAskedInItsProtocol() throws IOException {
    plugin(
        "ecr",
        "cat > request; echo \"$@\" > arguments; cat <<END\n"
            + response(
                "\"cacheKeyType\":\"Image\",",
                "\"*.registry.example\":{\"username\":\"$USER_NAME\",\"password\":\"p\"}")
            + "\nEND");
    CredentialSource source = open(CONFIG.formatted("ecr", "0s"));
    assertThat(lookup(source, "a.registry.example/team/app:1")).isEqualTo(user("ann"));
    assertThat(directory.resolve("arguments")).hasContent("get --really");
    assertThat(directory.resolve("request"))
        .hasContent(
            "{\"kind\":\"CredentialProviderRequest\","
                + "\"apiVersion\":\"credentialprovider.kubelet.k8s.io/v1\","
                + "\"image\":\"a.registry.example/team/app\"}");
  }

  @Test
  void anImageThatNoPluginConcernsAsksNone() throws IOException {
    plugin("ecr", answer("\"cacheKeyType\":\"Image\",", ""));
    CredentialSource source = open(CONFIG.formatted("ecr", "1h"));
    assertThat(lookup(source, "b.a.registry.example/app")).isEqualTo(Credentials.NONE);
    assertThat(lookup(source, "quay.io/app")).isEqualTo(Credentials.NONE);
    assertThat(runs()).isZero();
  }

  @Test
  void theMostSpecificKeyWins() throws IOException {
    plugin(
        "ecr",
        answer(
            "\"cacheKeyType\":\"Global\",",
            "\"*.registry.example\":{\"username\":\"all\",\"password\":\"p\"},"
                + "\"https://a.registry.example\":{\"username\":\"host\",\"password\":\"p\"},"
                + "\"a.registry.example/team\":{\"username\":\"team\",\"password\":\"p\"},"
                + "\"no pattern\":{\"username\":\"odd\",\"password\":\"p\"},"
                + "\"https://index.docker.io/v1/\":{\"username\":\"hub\",\"password\":\"p\"}"));
    CredentialSource source = open(CONFIG.formatted("ecr", "1h"));
    assertThat(lookup(source, "a.registry.example/team/app")).isEqualTo(user("team"));
    assertThat(lookup(source, "a.registry.example/app")).isEqualTo(user("host"));
    assertThat(lookup(source, "b.registry.example/team/app")).isEqualTo(user("all"));
    assertThat(lookup(source, "redis")).isEqualTo(user("hub"));
    assertThat(runs()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"Image, 1, 2, 3", "Registry, 1, 1, 2", "Global, 1, 1, 1"})
  void answersAreKeptForWhatTheySay(String reach, int same, int repository, int registry)
      throws IOException {
    plugin(
        "ecr",
        answer(
            "\"cacheKeyType\":\"" + reach + "\",",
            "\"*.registry.example\":{\"username\":\"ann\",\"password\":\"p\"}"));
    CredentialSource source = open(CONFIG.formatted("ecr", "1h"));
    lookup(source, "a.registry.example/app");
    assertThat(lookup(source, "a.registry.example/app:2")).isEqualTo(user("ann"));
    assertThat(runs()).isEqualTo(same);
    assertThat(lookup(source, "a.registry.example/other")).isEqualTo(user("ann"));
    assertThat(runs()).isEqualTo(repository);
    assertThat(lookup(source, "b.registry.example/app")).isEqualTo(user("ann"));
    assertThat(runs()).isEqualTo(registry);
  }

  @ParameterizedTest
  @CsvSource({
    "'\"cacheDuration\":\"30m0s\",', 1h, 29, 1",
    "'\"cacheDuration\":\"30m0s\",', 1h, 31, 2",
    "'\"cacheDuration\":\"0s\",', 1h, 0, 2",
    "'', 1h, 59, 1",
    "'', 1h, 61, 2",
    "'', 0, 0, 2",
  })
  void answersAreKeptForAsLongAsTheySay(String more, String byDefault, int minutes, int runs)
      throws IOException {
    plugin("ecr", answer("\"cacheKeyType\":\"Registry\"," + more, ""));
    CredentialSource source = open(CONFIG.formatted("ecr", byDefault));
    lookup(source, "a.registry.example/app");
    now.set(now.get().plus(Duration.ofMinutes(minutes)));
    lookup(source, "a.registry.example/app");
    assertThat(runs()).isEqualTo(runs);
  }

  @Test
  void aRefusalRunsThePluginAgain() throws IOException {
    plugin(
        "ecr",
        "cat > request; echo x >> runs; cat <<END\n"
            + response(
                "\"cacheKeyType\":\"Registry\",",
                "\"*.registry.example\":{\"username\":\"u$(wc -l < runs)\",\"password\":\"p\"}")
            + "\nEND");
    CredentialSource source = open(CONFIG.formatted("ecr", "12h"));
    var app = ImageReference.parse("a.registry.example/app").repository();
    assertThat(await(source.lookup(app))).isEqualTo(user("u1"));
    assertThat(await(source.afresh(app, user("u1")))).isEqualTo(user("u2"));
    assertThat(await(source.lookup(app))).isEqualTo(user("u2"));
  }

  @Test
  void thoseWhoAskAtOnceShareARun() throws IOException {
    plugin(
        "ecr",
        "until [ -e go ]; do sleep 0.01; done; " + answer("\"cacheKeyType\":\"Image\",", ""));
    CredentialSource source = open(CONFIG.formatted("ecr", "1h"));
    List<Future<Credentials>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(source.lookup(ImageReference.parse("a.registry.example/app").repository()));
    }
    Files.createFile(directory.resolve("go"));
    await(Future.all(all));
    assertThat(runs()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "'echo hush; exit 1', UNAUTHORIZED, ends with code 1",
    "'echo hush', UNAUTHORIZED, not the JSON",
    "'echo {}', UNAUTHORIZED, no CredentialProviderResponse",
    "'head -c 3000000 /dev/zero', UNAUTHORIZED, prints more than",
    "'exec sleep 1000', TIMEOUT, no answer in 1500 ms",
    "'sleep 1000', TIMEOUT, no answer in 1500 ms",
  })
  void aPluginThatMisbehavesIsNamedAndNotQuoted(String script, FailureKind kind, String said)
      throws IOException {
    plugin("ecr", script);
    CredentialSource source = open(CONFIG.formatted("ecr", "1h"));
    assertThatThrownBy(() -> lookup(source, "a.registry.example/app"))
        .isInstanceOfSatisfying(
            SluiceException.class, failure -> assertThat(failure.kind()).isEqualTo(kind))
        .hasMessageStartingWith("run credential plugin ecr: ")
        .hasMessageContaining(said)
        .hasMessageNotContaining("hush");
    // What fails isn't kept.
    plugin("ecr", answer("\"cacheKeyType\":\"Image\",", ""));
    assertThat(lookup(source, "a.registry.example/app")).isEqualTo(Credentials.NONE);
  }

  @Test
  void aMissingPluginIsNamed() throws IOException {
    CredentialSource source = open(CONFIG.formatted("absent", "1h"));
    assertThatThrownBy(() -> lookup(source, "a.registry.example/app"))
        .hasMessage(
            "run credential plugin absent: there is no program " + directory.resolve("absent"));
  }

  @Test
  void anOldVersionOfTheProtocolIsSpokenIfConfigured() throws IOException {
    plugin(
        "old",
        answer("\"cacheKeyType\":\"Image\",", "\"a.registry.example\":{\"password\":\"p\"}")
            .replace("k8s.io/v1", "k8s.io/v1beta1"));
    String config =
        CONFIG
            .formatted("old", "1h")
            .replace(
                "credentialprovider.kubelet.k8s.io/v1",
                "credentialprovider.kubelet.k8s.io/v1beta1");
    assertThat(lookup(open(config), "a.registry.example/app"))
        .isEqualTo(new Credentials.Password("", "p"));
    assertThat(Files.readString(directory.resolve("request"))).contains("k8s.io/v1beta1\"");
  }

  @Test
  void aPluginForServiceAccountsIsLeftOut() throws IOException {
    plugin("ecr", "exit 1");
    CredentialSource source =
        open(
            CONFIG.formatted("ecr", "1h")
                + "    tokenAttributes:\n      requireServiceAccount: true\n");
    assertThat(lookup(source, "a.registry.example/app")).isEqualTo(Credentials.NONE);
  }

  @Test
  void jsonAndDirectoriesAreReadToo() throws IOException {
    Path files = Files.createDirectories(directory.resolve("config.d"));
    Files.writeString(files.resolve("b.yml"), CONFIG.formatted("b", "1.5h"));
    Files.writeString(
        files.resolve("a.json"),
        """
        {"kind":"CredentialProviderConfig","apiVersion":"kubelet.config.k8s.io/v1beta1",
        \t"providers":[{"name":"a","matchImages":["*"],"defaultCacheDuration":"1h0m0s","future":1,
        \t"apiVersion":"credentialprovider.kubelet.k8s.io/v1alpha1"}]}
        """);
    Files.writeString(files.resolve("notes.txt"), "not read");
    List<PluginConfig> plugins = PluginConfigFile.read(files);
    assertThat(plugins).extracting(PluginConfig::name).containsExactly("a", "b");
    assertThat(plugins)
        .extracting(PluginConfig::cacheDuration)
        .containsExactly(Duration.ofHours(1), Duration.ofMinutes(90));
    assertThat(plugins.getLast().env()).isEqualTo(Map.of("USER_NAME", "ann"));
    Files.writeString(files.resolve("c.yaml"), CONFIG.formatted("b", "1h"));
    assertThatThrownBy(() -> PluginConfigFile.read(files)).hasMessageContaining("b is there twice");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hush",
        "kind: [hush",
        "kind: hush: hush",
        "a: &a [*a]",
        "kind: CredentialProviderConfig",
        "{\"kind\": hush}",
      })
  void aWrongFileIsNamedAndNotQuoted(String text) throws IOException {
    assertThatThrownBy(() -> open(text))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining(directory.resolve("config.yaml").toString())
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "'name: ecr', 'name: ../ecr', providers[0].name",
    "'credentialprovider.kubelet.k8s.io/v1', 'credentialprovider.kubelet.k8s.io/v9', apiVersion",
    "'\"1h\"', '\"soon\"', defaultCacheDuration",
    "'[\"*.registry.example\", \"docker.io\"]', '[]', matchImages",
    "'[\"*.registry.example\", \"docker.io\"]', '[\"a b\"]', a b",
  })
  void aWrongMemberIsNamed(String from, String to, String named) {
    String config = CONFIG.formatted("ecr", "1h").replace(from, to);
    assertThatThrownBy(() -> open(config))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining(named);
  }

  @Test
  void aMissingFileIsNamed() {
    assertThatThrownBy(() -> PluginConfigFile.read(directory.resolve("none.yaml")))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("none.yaml: NoSuchFileException");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0s, 0",
    "12h0m0s, 43200",
    "1.5h, 5400",
    "90m, 5400",
    "1h1m1s1ms, 3661",
    ".5h, 1800",
    "1us, 0",
    "99999999999999999h, 9223372036",
  })
  void timesAreThoseOfGo(String text, long seconds) {
    assertThat(GoDuration.parse(text).orElseThrow().toSeconds()).isEqualTo(seconds);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "h", "-1h", "1h ", "1d", "1hh", "1..5h"})
  void whatIsNoTimeIsNone(String text) {
    assertThat(GoDuration.parse(text)).isEmpty();
  }
}
