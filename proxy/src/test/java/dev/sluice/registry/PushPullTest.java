package dev.sluice.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.RequestKind;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PushPullTest {
  private static final String TYPE = MediaTypes.SOCI_INDEX_V1;

  @TempDir Path directory;

  static void push(Bench bench, Path directory, byte[] bytes) throws IOException {
    Path file = Files.write(Files.createTempFile(directory, "blob", ""), bytes);
    Bench.await(
        bench.client.pushBlob(
            bench.repository,
            Bench.descriptor(bytes),
            RegistryClient.BodySource.of(bench.vertx, file)));
  }

  @Test
  void whatIsPushedComesBack() throws IOException {
    try (Bench bench = Bench.plain(directory)) {
      byte[] layer = Bench.random(3_000_001);
      byte[] config = "{}".getBytes(StandardCharsets.UTF_8);
      push(bench, directory, layer);
      push(bench, directory, config);
      Content image = Bench.image(Bench.descriptor(config), Bench.descriptor(layer));
      Bench.await(bench.client.pushManifest(bench.repository, "1.0", image));

      Content byTag = Bench.await(bench.client.manifest(bench.repository, "1.0"));
      assertThat(byTag.bytes()).isEqualTo(image.bytes());
      assertThat(byTag.mediaType()).isEqualTo(MediaTypes.OCI_MANIFEST);
      String digest = image.digest().toString();
      assertThat(Bench.await(bench.client.manifest(bench.repository, digest)).digest())
          .isEqualTo(image.digest());
      assertThat(bench.read(Bench.descriptor(layer), 5, 2_999_999)).hasSize(2_999_994);
      assertThat(Bench.await(bench.client.smallBlob(bench.repository, Digest.sha256(config), 10)))
          .isEqualTo(config);
    }
  }

  @Test
  void aBlobThatIsThereIsNotSentAgain() throws IOException {
    try (Bench bench = Bench.plain(directory)) {
      byte[] layer = Bench.random(100_000);
      push(bench, directory, layer);
      long uploads = bench.registry.traffic().requests(RequestKind.UPLOAD);
      push(bench, directory, layer);
      assertThat(bench.registry.traffic().requests(RequestKind.UPLOAD)).isEqualTo(uploads);
      assertThat(Bench.await(bench.client.hasBlob(bench.repository, Digest.sha256(layer))))
          .isTrue();
      assertThat(Bench.await(bench.client.hasBlob(bench.repository, Digest.sha256(new byte[1]))))
          .isFalse();
    }
  }

  @Test
  void theApiKeepsSubjects() {
    try (Bench bench = Bench.plain(directory)) {
      Content index = referring(bench, "one", TYPE);
      var pushed =
          Bench.await(
              bench.client.pushManifest(bench.repository, index.digest().toString(), index));
      assertThat(pushed.subjectKept()).isTrue();
      List<Descriptor> found = referrers(bench, TYPE);
      assertThat(found).extracting(Descriptor::digest).containsExactly(index.digest());
      assertThat(found.getFirst().annotation("name")).isEqualTo("one");
      assertThat(referrers(bench, "application/other")).isEmpty();
    }
  }

  @Test
  void allPagesAreRead() {
    try (Bench bench =
        new Bench(EmbeddedOptions.in(directory).withReferrersPage(2), options -> options)) {
      for (int i = 0; i < 7; i++) {
        Content index = referring(bench, "n" + i, TYPE);
        Bench.await(bench.client.pushManifest(bench.repository, index.digest().toString(), index));
      }
      assertThat(referrers(bench, TYPE)).hasSize(7);
      assertThat(bench.registry.traffic().requests(RequestKind.REFERRERS)).isEqualTo(4);
    }
  }

  @Test
  void withoutTheApiTheFallbackTagIsKept() {
    try (Bench bench =
        new Bench(EmbeddedOptions.in(directory).withoutReferrersApi(), options -> options)) {
      assertThat(referrers(bench, TYPE)).isEmpty();
      for (String name : List.of("one", "two")) {
        String type = name.equals("one") ? TYPE : "application/other";
        Content index = referring(bench, name, type);
        var pushed =
            Bench.await(
                bench.client.pushManifest(bench.repository, index.digest().toString(), index));
        assertThat(pushed.subjectKept()).isFalse();
        Descriptor entry = entry(index, name, type);
        Bench.await(bench.client.addReferrer(bench.repository, subject(bench).digest(), entry));
        Bench.await(bench.client.addReferrer(bench.repository, subject(bench).digest(), entry));
      }
      List<Descriptor> found = referrers(bench, TYPE);
      assertThat(found).hasSize(1);
      assertThat(found.getFirst().annotation("name")).isEqualTo("one");
      assertThat(referrers(bench, "application/other")).hasSize(1);
      String tag = Referrers.fallbackTag(subject(bench).digest());
      JsonObject index =
          Buffer.buffer(Bench.await(bench.client.manifest(bench.repository, tag)).bytes())
              .toJsonObject();
      assertThat(index.getJsonArray("manifests")).hasSize(2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-x", "sha256:12", "../x"})
  void whatIsNeitherTagNorDigestIsRefused(String reference) {
    try (Bench bench = Bench.plain(directory)) {
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, reference));
      assertThat(failure.kind()).isEqualTo(FailureKind.INVALID);
      assertThat(bench.registry.traffic().requests()).isZero();
    }
  }

  @Test
  void anAbsentManifestIsNamed() {
    try (Bench bench = Bench.plain(directory)) {
      SluiceException failure = Bench.failure(bench.client.manifest(bench.repository, "none"));
      assertThat(failure.kind()).isEqualTo(FailureKind.NOT_FOUND);
      assertThat(failure).hasMessageContaining("read manifest none of " + bench.repository);
    }
  }

  private static Content subject(Bench bench) {
    Descriptor blob = bench.blob(new byte[] {1});
    Content image = Bench.image(blob, blob);
    Bench.await(bench.registry.putManifest("team/app", "subject", image));
    return image;
  }

  private static Content referring(Bench bench, String name, String type) {
    Descriptor config = bench.blob("{}".getBytes(StandardCharsets.UTF_8));
    JsonObject more =
        new JsonObject()
            .put("artifactType", type)
            .put("subject", Bench.json(subject(bench).descriptor()))
            .put("annotations", new JsonObject().put("name", name));
    return Bench.manifest(more, config, bench.blob(new byte[] {2}));
  }

  private static Descriptor entry(Content index, String name, String type) {
    TreeMap<String, String> annotations = new TreeMap<>();
    annotations.put("name", name);
    Descriptor plain = index.descriptor();
    return new Descriptor(
        plain.mediaType(), plain.digest(), plain.size(), List.of(), annotations, null, null, type);
  }

  private static List<Descriptor> referrers(Bench bench, String type) {
    return Bench.await(bench.client.referrers(bench.repository, subject(bench).digest(), type));
  }
}
