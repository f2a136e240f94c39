package dev.sluice.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.containerd.ContainerdProcess;
import dev.sluice.credentials.CredentialChain;
import dev.sluice.credentials.CriCredentials;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.Credentials;
import dev.sluice.registry.DebianRegistry;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import runtime.v1.AuthConfig;
import runtime.v1.ImageSpec;
import runtime.v1.PullImageRequest;
import runtime.v1.PullImageResponse;
import runtime.v1.RemoveImageRequest;

/** The proxy in front of a real containerd, which pulls from a registry with a password. */
@EnabledIfSystemProperty(
    named = "user.name",
    matches = "root",
    disabledReason = "SKIPPED: containerd needs root")
final class ImageServiceProxyTest {
  private static final byte[] CONFIG =
      "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]}}"
          .getBytes(StandardCharsets.UTF_8);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final CriCredentials credentials = new CriCredentials();
  private final RawCalls calls = new RawCalls(vertx);
  private DebianRegistry registry;
  private ContainerdProcess containerd;
  private ImageServiceProxy proxy;
  private Repository repository;
  private String socket;

  @BeforeEach
  void start() throws Exception {
    registry =
        DebianRegistry.guarded(
            Files.createDirectories(directory.resolve("registry")), "ann", "first-secret");
    repository = new Repository(registry.host(), "team/app");
    push();
    containerd =
        ContainerdProcess.start(
            Files.createDirectories(directory.resolve("containerd")), registry.host());
    proxy = new ImageServiceProxy(vertx, containerd.socket(), credentials);
    socket = directory.resolve("p.sock").toString();
    calls.serve(socket, proxy);
  }

  @AfterEach
  void stop() {
    await(proxy.close());
    calls.close();
    await(vertx.close());
    containerd.close();
    registry.close();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private void push() {
    RegistryClient client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults()
                .withPlainHttp(true)
                .withCredentials(
                    _ -> Future.succeededFuture(new Credentials.Password("ann", "first-secret"))));
    Descriptor config = Descriptor.of(MediaTypes.OCI_CONFIG, Digest.sha256(CONFIG), CONFIG.length);
    await(client.pushBlob(repository, config, RegistryClient.BodySource.of(CONFIG)));
    String manifest =
        "{\"schemaVersion\":2,\"mediaType\":\"%s\",\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d},\"layers\":[]}"
            .formatted(MediaTypes.OCI_MANIFEST, config.mediaType(), config.digest(), CONFIG.length);
    await(
        client.pushManifest(
            repository,
            "1",
            Content.of(MediaTypes.OCI_MANIFEST, manifest.getBytes(StandardCharsets.UTF_8))));
    await(client.close());
  }

  private ImageSpec image() {
    return ImageSpec.newBuilder().setImage(repository + ":1").build();
  }

  private RawCalls.Reply pull(String password) {
    PullImageRequest request =
        PullImageRequest.newBuilder()
            .setImage(image())
            .setAuth(AuthConfig.newBuilder().setUsername("ann").setPassword(password))
            .build();
    return calls.call(socket, "/runtime.v1.ImageService/PullImage", request.toByteArray());
  }

  private Credentials known() {
    return await(
        CredentialChain.of(CredentialSource.NONE, credentials, CredentialSource.NONE)
            .lookup(repository));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/runtime.v1.ImageService/ListImages",
        "/runtime.v1.ImageService/ImageStatus",
        "/runtime.v1.ImageService/ImageFsInfo",
        "/runtime.v1.ImageService/NoSuchMethod",
        "/runtime.v1alpha2.ImageService/ListImages",
      })
  void answersAreThoseOfContainerd(String path) {
    assertThat(pull("first-secret").status()).isEqualTo("0");
    // ImageStatus: the image is field 1 of a message of field 1, as for ImageSpec.
    byte[] request =
        path.endsWith("ImageStatus")
            ? RemoveImageRequest.newBuilder().setImage(image()).build().toByteArray()
            : new byte[0];
    RawCalls.Reply direct = calls.call(containerd.socket(), path, request);
    RawCalls.Reply proxied = calls.call(socket, path, request);
    boolean known = !path.endsWith("NoSuchMethod");
    assertThat(direct.status()).isEqualTo(known ? "0" : "12");
    if (path.endsWith("ImageFsInfo")) {
      // It holds the time of the call.
      assertThat(proxied.body().length()).isEqualTo(direct.body().length()).isGreaterThan(5);
      assertThat(proxied.headers()).isEqualTo(direct.headers());
      assertThat(proxied.trailers()).isEqualTo(direct.trailers());
    } else {
      assertThat(proxied).isEqualTo(direct);
      assertThat(proxied.body().length() > 5).isEqualTo(known);
    }
  }

  @Test
  void aPullsCredentialsAreLearnedAndForgottenWithTheImage() throws Exception {
    RawCalls.Reply pulled = pull("first-secret");
    assertThat(pulled.status()).isEqualTo("0");
    assertThat(known()).isEqualTo(new Credentials.Password("ann", "first-secret"));

    String id = PullImageResponse.parseFrom(pulled.message()).getImageRef();
    assertThat(id).isEqualTo(Digest.sha256(CONFIG).toString());
    RemoveImageRequest removal =
        RemoveImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(id)).build();
    assertThat(
            calls
                .call(socket, "/runtime.v1.ImageService/RemoveImage", removal.toByteArray())
                .status())
        .isEqualTo("0");
    assertThat(known()).isEqualTo(Credentials.NONE);
  }

  @Test
  void aPullThatFailsSaysWhatContainerdSays() throws Exception {
    RawCalls.Reply refused = pull("wrong-secret");
    assertThat(refused.status()).isNotEqualTo("0");
    assertThat(refused.toString()).contains("401").doesNotContain("wrong-secret");
    registry.changePassword("ann", "second-secret");
    assertThat(pull("second-secret").status()).isEqualTo("0");
    assertThat(known()).isEqualTo(new Credentials.Password("ann", "second-secret"));
  }

  @Test
  void anImageThatCantBeRemovedIsNotForgotten() throws Exception {
    assertThat(pull("first-secret").status()).isEqualTo("0");
    containerd.kill();
    byte[] removal = RemoveImageRequest.newBuilder().setImage(image()).build().toByteArray();
    RawCalls.Reply down = calls.call(socket, "/runtime.v1.ImageService/RemoveImage", removal);
    assertThat(down.status()).isEqualTo("14");
    assertThat(down.toString()).contains("can't reach containerd at ");
    assertThat(known()).isNotEqualTo(Credentials.NONE);
    containerd.restart();
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() ->
            calls
                .call(socket, "/runtime.v1.ImageService/RemoveImage", removal)
                .status()
                .equals("0"));
    assertThat(known()).isEqualTo(Credentials.NONE);
  }

  @Test
  void onlyTheImageServiceIsHandled() {
    assertThat(ImageServiceProxy.handles("/runtime.v1.ImageService/Whatever")).isTrue();
    assertThat(ImageServiceProxy.handles("/runtime.v1.RuntimeService/Version")).isFalse();
    assertThat(ImageServiceProxy.handles("/containerd.services.snapshots.v1.Snapshots/Stat"))
        .isFalse();
  }
}
