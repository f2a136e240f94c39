package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.EmbeddedRegistry;
import dev.sluice.embedded.Fault;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.RegistryBlob;
import dev.sluice.image.SampleImage;
import dev.sluice.image.SampleRegistry;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.registry.RetryPolicy;
import dev.sluice.registry.Timeouts;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pulls from a registry that misbehaves. */
@NeedsRoot
@Timeout(60)
final class RegistryPullTest {
  private static final int FILE_BYTES = 1_500_000;

  private final PullRig rig = PullRig.open();
  private final Vertx vertx = Vertx.vertx();
  private final List<PullLayer> layers = new ArrayList<>();
  private EmbeddedRegistry registry;
  private RegistryClient client;

  @BeforeEach
  void fill() {
    registry =
        SampleRegistry.await(
            EmbeddedRegistry.start(vertx, EmbeddedOptions.in(rig.directory().resolve("registry"))));
    client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults()
                .withPlainHttp(true)
                .withEnvironment(Map.of())
                .withTimeouts(
                    new Timeouts(
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(300),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(20)))
                .withRetries(
                    new RetryPolicy(
                        5,
                        Duration.ofMillis(5),
                        Duration.ofMillis(20),
                        Duration.ofSeconds(1),
                        50)));
    for (int i = 0; i < 3; i++) {
      byte[] content = new byte[FILE_BYTES];
      new Random(i).nextBytes(content);
      byte[] tar = new TarBuilder().file("file", content).build();
      Descriptor blob =
          SampleRegistry.await(
              registry.putBlob("app", MediaTypes.OCI_LAYER_GZIP, SampleImage.gzip(tar)));
      layers.add(new PullLayer(blob, Digest.sha256(tar)));
    }
  }

  @AfterEach
  void close() {
    rig.close();
    SampleRegistry.await(client.close());
    SampleRegistry.await(registry.close());
    SampleRegistry.await(vertx.close());
  }

  private ImagePull start() {
    Repository repository = new Repository(registry.host(), "app");
    return rig.puller()
        .start(
            new PullImage(
                Digest.sha256(new byte[0]),
                blob -> new RegistryBlob(client, repository, blob),
                layers));
  }

  private void claimAll(ImagePull pull) {
    for (PullLayer layer : layers) {
      Path into = rig.target();
      pull.claim(layer.blob().digest(), into, Directories.NONE);
      assertThat(into.resolve("file")).hasSize(FILE_BYTES);
    }
    rig.awaitNothingStaged();
  }

  static Stream<Fault> passing() {
    return Stream.of(
        new Fault.ResetAfter(10_000),
        new Fault.ShortBody(20_000),
        new Fault.StallAfter(5_000),
        new Fault.Silence(),
        new Fault.Drop(),
        Fault.Status.of(503),
        Fault.Status.retryAfter(429, "0"),
        new Fault.IgnoreRange());
  }

  @ParameterizedTest
  @MethodSource("passing")
  void faultsThatPassAreOvercome(Fault fault) {
    registry.faults().planBlob(2, fault);
    claimAll(start());
    assertThat(registry.faults().allMet()).isTrue();
  }

  @Test
  void serverWithoutRangesSendsEachLayerAsOneStream() {
    registry.faults().planBlob(1_000_000, new Fault.IgnoreRange());
    claimAll(start());
  }

  @Test
  void wrongBytesAreCorruptAndTheNextClaimTriesAgain() {
    registry.faults().planBlob(1, new Fault.WrongBytes());
    ImagePull pull = start();
    int corrupt = 0;
    for (PullLayer layer : layers) {
      Path into = rig.target();
      try {
        pull.claim(layer.blob().digest(), into, Directories.NONE);
      } catch (SluiceException e) {
        corrupt++;
        assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT);
        assertThat(into).isEmptyDirectory();
        pull.claim(layer.blob().digest(), into, Directories.NONE);
      }
      assertThat(into.resolve("file")).hasSize(FILE_BYTES);
    }
    assertThat(corrupt).isEqualTo(1);
    rig.awaitNothingStaged();
  }

  @Test
  void layersThatAreNotThereAreNotFound() {
    registry.faults().planBlob(1_000_000, Fault.Status.of(404));
    Path into = rig.target();
    ImagePull pull = start();
    assertThatThrownBy(() -> pull.claim(layers.getFirst().blob().digest(), into, Directories.NONE))
        .isInstanceOfSatisfying(
            SluiceException.class,
            failure -> assertThat(failure.kind()).isEqualTo(FailureKind.NOT_FOUND));
    assertThat(into).isEmptyDirectory();
  }
}
