package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a registry that isn't ours: Debian's package docker-registry. */
final class DebianRegistryTest {
  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private DebianRegistry registry;
  private RegistryClient client;
  private Repository repository;

  @BeforeEach
  void start() throws Exception {
    registry = DebianRegistry.open(directory);
    repository = new Repository(registry.host(), "team/app");
    client =
        RegistryClients.create(
            vertx,
            RegistryOptions.defaults().withPlainHttp(true).withCredentials(CredentialSource.NONE));
  }

  @AfterEach
  void stop() {
    Bench.await(client.close());
    Bench.await(vertx.close());
    registry.close();
  }

  private Descriptor push(byte[] bytes) throws IOException {
    Path file = Files.write(Files.createTempFile(directory, "blob", ""), bytes);
    Descriptor blob = Bench.descriptor(bytes);
    Bench.await(client.pushBlob(repository, blob, RegistryClient.BodySource.of(vertx, file)));
    return blob;
  }

  @Test
  void pushesPullsAndReadsRanges() throws IOException {
    byte[] layer = Bench.random(9_000_001);
    Descriptor blob = push(layer);
    push(layer);
    Descriptor config = push("{}".getBytes(StandardCharsets.UTF_8));
    Content image = Bench.image(config, blob);
    Bench.await(client.pushManifest(repository, "1.0", image));
    assertThat(Bench.await(client.manifest(repository, "1.0")))
        .satisfies(content -> {
          assertThat(content.bytes()).isEqualTo(image.bytes());
          assertThat(content.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
          assertThat(content.digest()).isEqualTo(image.digest());
        });
    List<Future<byte[]>> ranges = new ArrayList<>();
    for (long from = 0; from < layer.length; from += 1_000_000) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      long to = Math.min(layer.length, from + 1_000_000);
      ranges.add(
          client
              .range(repository, blob, from, to, bytes -> out.writeBytes(bytes.getBytes()))
              .map(_ -> out.toByteArray()));
    }
    for (int i = 0; i < ranges.size(); i++) {
      int from = i * 1_000_000;
      assertThat(Bench.await(ranges.get(i)))
          .isEqualTo(Arrays.copyOfRange(layer, from, Math.min(layer.length, from + 1_000_000)));
    }
    assertThat(client.rangesSupported(repository)).isTrue();
    assertThat(Bench.await(client.smallBlob(repository, config.digest(), 2))).hasSize(2);
  }

  @Test
  void keepsReferrersUnderTheFallbackTag() throws IOException {
    Descriptor config = push("{}".getBytes(StandardCharsets.UTF_8));
    Descriptor layer = push(Bench.random(1000));
    Content image = Bench.image(config, layer);
    Bench.await(client.pushManifest(repository, "1.0", image));
    assertThat(Bench.await(client.referrers(repository, image.digest(), MediaTypes.SOCI_INDEX_V1)))
        .isEmpty();

    JsonObject more = new JsonObject().put("subject", Bench.json(image.descriptor()));
    Descriptor typed = Descriptor.of(MediaTypes.SOCI_INDEX_V1, config.digest(), config.size());
    Content index = Bench.manifest(more, typed, layer);
    var pushed = Bench.await(client.pushManifest(repository, index.digest().toString(), index));
    assertThat(pushed.subjectKept()).isFalse();
    Descriptor plain = index.descriptor();
    Descriptor entry =
        new Descriptor(
            plain.mediaType(),
            plain.digest(),
            plain.size(),
            List.of(),
            new TreeMap<>(),
            null,
            null,
            MediaTypes.SOCI_INDEX_V1);
    Bench.await(client.addReferrer(repository, image.digest(), entry));
    Bench.await(client.addReferrer(repository, image.digest(), entry));
    assertThat(Bench.await(client.referrers(repository, image.digest(), MediaTypes.SOCI_INDEX_V1)))
        .containsExactly(entry);
  }

  @Test
  void aRangeBeyondTheEndIsCorruption() throws IOException {
    Descriptor blob = push(Bench.random(1000));
    Descriptor tooLong = Descriptor.of(blob.mediaType(), blob.digest(), 5000);
    // This registry answers 416 and promises a body that it never sends.
    assertThat(Bench.failure(client.range(repository, tooLong, 2000, 2001, _ -> {})).kind())
        .isEqualTo(FailureKind.CORRUPT);
  }

  @Test
  void wrongBytesAreRefusedByTheRegistry() {
    Descriptor blob = Bench.descriptor(new byte[] {1, 2, 3});
    assertThat(
            Bench.failure(
                    client.pushBlob(
                        repository, blob, RegistryClient.BodySource.of(new byte[] {1, 2, 4})))
                .kind())
        .isEqualTo(FailureKind.INVALID);
  }
}
