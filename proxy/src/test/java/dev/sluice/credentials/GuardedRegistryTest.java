package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.DebianRegistry;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** All sources of credentials in front of a registry that wants them and changes its password. */
final class GuardedRegistryTest {
  private static final byte[] CONFIG = "{}".getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final CriCredentials cri = new CriCredentials();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private DebianRegistry registry;
  private Repository repository;
  private RegistryClient client;

  @BeforeEach
  void start() throws Exception {
    log.start();
    root().addAppender(log);
    registry = DebianRegistry.guarded(directory, "ann", "first-secret");
    repository = new Repository(registry.host(), "team/app");
    connect(CredentialSource.NONE);
    learn("first-secret");
    Descriptor config = Descriptor.of(MediaTypes.OCI_CONFIG, Digest.sha256(CONFIG), CONFIG.length);
    await(client.pushBlob(repository, config, RegistryClient.BodySource.of(CONFIG)));
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":2},\"layers\":[]}"
            .formatted(MediaTypes.OCI_MANIFEST, config.mediaType(), config.digest());
    await(
        client.pushManifest(
            repository,
            "1",
            Content.of(MediaTypes.OCI_MANIFEST, manifest.getBytes(StandardCharsets.UTF_8))));
  }

  @AfterEach
  void stop() {
    await(client.close());
    await(vertx.close());
    registry.close();
    root().detachAppender(log);
    assertThat(log.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .noneMatch(line -> line.contains("secret"));
  }

  private static Logger root() {
    return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private void connect(CredentialSource plugins) {
    CredentialSource docker =
        CredentialSource.ofDocker(vertx, Map.of("HOME", directory.toString()));
    client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults()
                .withPlainHttp(true)
                .withEnvironment(Map.of())
                .withCredentials(CredentialChain.of(docker, cri, plugins)));
  }

  private void learn(String password) {
    cri.learn(repository + ":1", new CriAuth("ann", password, "", "", "", ""));
  }

  private void pull() {
    assertThat(await(client.manifest(repository, "1")).mediaType())
        .isEqualTo(MediaTypes.OCI_MANIFEST);
    assertThat(await(client.smallBlob(repository, Digest.sha256(CONFIG), 2))).isEqualTo(CONFIG);
  }

  private void reconnect(CredentialSource plugins) {
    await(client.close());
    connect(plugins);
  }

  private void assertRefused() {
    assertThatThrownBy(this::pull)
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.UNAUTHORIZED))
        .hasMessageNotContaining("secret")
        .hasMessageNotContaining("ann");
  }

  @Test
  void credentialsOfAPullAreUsedUntilTheImageIsRemoved() {
    pull();
    cri.forget(repository + ":1");
    reconnect(CredentialSource.NONE);
    assertRefused();
  }

  @Test
  void wrongOnesAreRefusedAndTheNextPullsAreUsed() {
    learn("wrong-secret");
    reconnect(CredentialSource.NONE);
    assertRefused();
    learn("first-secret");
    pull();
  }

  @Test
  void aChangedPasswordIsUsedAsSoonAsAPullBringsIt() throws Exception {
    pull();
    registry.changePassword("ann", "second-secret");
    assertRefused();
    learn("second-secret");
    pull();
  }

  @Test
  void expiredOnesOfAPullAreRenewedByAPlugin() throws Exception {
    Path program = directory.resolve("renew");
    Files.writeString(
        program,
        """
        #!/bin/sh
        cat > /dev/null
        printf '{"kind":"CredentialProviderResponse","cacheKeyType":"Registry",'
        printf '"apiVersion":"credentialprovider.kubelet.k8s.io/v1","auth":{"%s":' '%s'
        printf '{"username":"ann","password":"%%s"}}}' "$(cat %s)"
        """
            .formatted("%s", registry.host(), directory.resolve("password")));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    Path config =
        Files.writeString(
            directory.resolve("plugins.yaml"),
            """
            kind: CredentialProviderConfig
            apiVersion: kubelet.config.k8s.io/v1
            providers:
            - name: renew
              matchImages: ["%s"]
              defaultCacheDuration: 12h
              apiVersion: credentialprovider.kubelet.k8s.io/v1
            """
                .formatted(registry.host()));
    reconnect(KubeletPlugins.open(vertx, config, directory, Map.of("PATH", System.getenv("PATH"))));
    Files.writeString(directory.resolve("password"), "second-secret");
    pull();
    registry.changePassword("ann", "second-secret");
    pull();
    registry.changePassword("ann", "third-secret");
    Files.writeString(directory.resolve("password"), "third-secret");
    pull();
    registry.changePassword("ann", "fourth-secret");
    assertRefused();
  }

  @Test
  void dockersFileComesFirst() throws Exception {
    Files.createDirectories(directory.resolve(".docker"));
    Files.writeString(
        directory.resolve(".docker/config.json"),
        "{\"auths\":{\"%s\":{\"username\":\"ann\",\"password\":\"wrong-secret\"}}}"
            .formatted(registry.host()));
    reconnect(CredentialSource.NONE);
    assertRefused();
  }
}
