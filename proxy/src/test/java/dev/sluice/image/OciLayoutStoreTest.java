package dev.sluice.image;

import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platforms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OciLayoutStoreTest {
  private static final byte[] LAYER = gzip(tar(Map.of("file", noise(10_000, 1))));

  @TempDir Path directory;

  /** Layouts and archives keep the same promises. */
  private ImageStore open(String kind, String tag, boolean create) {
    ImageLocation location =
        ImageLocation.parse(
            kind + ":" + directory.resolve("image") + (tag.isEmpty() ? "" : ":" + tag));
    return create ? ImageStores.createLocal(location) : ImageStores.openLocal(location);
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "oci-archive"})
  void keepsTagsApart(String kind) {
    Content first;
    Content second;
    try (ImageStore store = open(kind, "one", true)) {
      first = SampleImage.image(store, "linux/amd64", LAYER);
      second = SampleImage.manifest(store, "linux/arm64", MediaTypes.OCI_LAYER_GZIP, LAYER);
      store.putManifest("two", second);
      store.putManifest("two", second);
    }
    try (ImageStore store = open(kind, "", false)) {
      assertThat(store.manifest("one").digest()).isEqualTo(first.digest());
      assertThat(store.manifest("two").bytes()).isEqualTo(second.bytes());
      assertThat(store.manifest(first.digest().toString()).mediaType())
          .isEqualTo(MediaTypes.OCI_MANIFEST);
      assertThatThrownBy(() -> store.manifest(""))
          .hasMessageContaining("it holds several, one, two")
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.INVALID));
      assertThatThrownBy(() -> store.manifest("three"))
          .hasMessageContaining("no tag 'three'")
          .satisfies(e -> {
            assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.NOT_FOUND);
            assertThat(((SluiceException) e).advice()).contains("one, two");
          });
      assertThat(store.findManifest(Digest.sha256(LAYER).toString().replace('a', 'b'))).isEmpty();
      store.putManifest("one", second);
      assertThat(store.manifest("one").digest()).isEqualTo(second.digest());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "oci-archive"})
  void findsReferrersAndDoesNotTakeThemForImages(String kind) {
    Content image;
    Content artifact;
    try (ImageStore store = open(kind, "", true)) {
      image = SampleImage.image(store, "linux/amd64", LAYER);
      Descriptor config = SampleImage.blob(store, "some/type", new byte[] {'{', '}'});
      artifact =
          Content.of(
              MediaTypes.OCI_MANIFEST,
              OciJson.write(
                  new Manifest(
                      MediaTypes.OCI_MANIFEST,
                      null,
                      config,
                      List.of(),
                      image.descriptor(),
                      new TreeMap<>(Map.of("k", "v")))));
      store.putByDigest(artifact);
      store.putByDigest(artifact);
    }
    try (ImageStore store = open(kind, "", false)) {
      assertThat(store.manifest("").digest()).isEqualTo(image.digest());
      assertThat(store.referrers(image.digest(), "some/type"))
          .singleElement()
          .satisfies(d -> {
            assertThat(d.digest()).isEqualTo(artifact.digest());
            assertThat(d.artifactType()).isEqualTo("some/type");
            assertThat(d.annotations()).containsEntry("k", "v");
          });
      assertThat(store.referrers(image.digest(), "other/type")).isEmpty();
      assertThat(store.referrers(artifact.digest(), "some/type")).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"oci", "oci-archive"})
  void verifiesWhatItTakesAndGives(String kind) throws IOException {
    Descriptor layer;
    try (ImageStore store = open(kind, "", true)) {
      SampleImage.image(store, "linux/amd64", LAYER);
      layer = Descriptor.of("x", Digest.sha256(LAYER), LAYER.length);
      Descriptor wrong = Descriptor.of("x", Digest.sha256(new byte[9]), LAYER.length);
      assertThatThrownBy(() -> store.putBlob(wrong, LAYER))
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT));
      Path file = Files.write(directory.resolve("other"), new byte[LAYER.length]);
      assertThatThrownBy(() -> store.putBlob(wrong, file))
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT));
      assertThat(store.hasBlob(wrong.digest())).isFalse();
    }
    try (ImageStore store = open(kind, "", false)) {
      assertThat(store.openBlob(layer).readAllBytes()).isEqualTo(LAYER);
      assertThat(store.openRange(layer, 10, 30).readAllBytes())
          .isEqualTo(java.util.Arrays.copyOfRange(LAYER, 10, 30));
      assertThatThrownBy(() -> store.openBlob(layer(LAYER, -1)).readAllBytes())
          .hasMessageContaining("longer than");
      assertThatThrownBy(() -> store.openBlob(layer(LAYER, 1)).readAllBytes())
          .hasMessageContaining("bytes, not");
      assertThatThrownBy(() -> store.smallBlob(layer, 10)).hasMessageContaining("more than the 10");
    }
    damage();
    try (ImageStore store = open(kind, "", false)) {
      assertThatThrownBy(() -> store.openBlob(layer).readAllBytes())
          .hasMessageContaining(layer.digest().toString())
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT));
    }
  }

  private static Descriptor layer(byte[] bytes, int off) {
    return Descriptor.of("x", Digest.sha256(bytes), bytes.length + off);
  }

  /** Flips a bit within the layer, wherever it lies. */
  private void damage() throws IOException {
    Path image = directory.resolve("image");
    Path file =
        Files.isDirectory(image)
            ? image.resolve("blobs/sha256/" + Digest.sha256(LAYER).hex())
            : image;
    byte[] bytes = Files.readAllBytes(file);
    int at = indexOf(bytes, LAYER) + LAYER.length / 2;
    bytes[at] ^= 1;
    Files.write(file, bytes);
  }

  private static int indexOf(byte[] bytes, byte[] part) {
    for (int i = 0; ; i++) {
      if (java.util.Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
  }

  @Test
  void joinsAnUntaggedListIntoOneImage() throws IOException {
    try (ImageStore store = open("oci", "", true)) {
      Content amd = SampleImage.manifest(store, "linux/amd64", MediaTypes.OCI_LAYER_GZIP, LAYER);
      Content arm = SampleImage.manifest(store, "linux/arm64", MediaTypes.OCI_LAYER_GZIP, LAYER);
      store.putByDigest(amd);
      store.putByDigest(arm);
      Files.write(
          directory.resolve("image/index.json"),
          OciJson.write(
              new dev.sluice.oci.Index(
                  null,
                  null,
                  List.of(
                      SampleImage.entry(amd, "linux/amd64", Map.of()),
                      SampleImage.entry(arm, "linux/arm64", Map.of())),
                  null,
                  new TreeMap<>())));

      Content root = store.manifest("");

      assertThat(root.mediaType()).isEqualTo(MediaTypes.OCI_INDEX);
      assertThat(
              PlatformImage.select(store, root, Platforms.parse("linux/arm64")).content().digest())
          .isEqualTo(arm.digest());
      assertThatThrownBy(() -> PlatformImage.select(store, root, Platforms.parse("linux/s390x")))
          .satisfies(e ->
              assertThat(((SluiceException) e).advice())
                  .isEqualTo("there is linux/amd64, linux/arm64"));
    }
  }

  @Test
  void saysWhatIsNoLayoutOrArchive() throws IOException {
    assertThatThrownBy(() -> open("oci", "", false)).hasMessageContaining("no OCI image layout");
    assertThatThrownBy(() -> open("oci-archive", "", false)).hasMessageContaining("no such file");
    Files.write(directory.resolve("image"), gzip(tar(Map.of("index.json", new byte[2]))));
    assertThatThrownBy(() -> open("oci-archive", "", false))
        .hasMessageContaining("it is compressed");
    Files.write(directory.resolve("image"), tar(Map.of("x", new byte[2])));
    assertThatThrownBy(() -> open("oci-archive", "", false)).hasMessageContaining("no index.json");
    Files.write(directory.resolve("image"), noise(2000, 3));
    assertThatThrownBy(() -> open("oci-archive", "", false)).hasMessageContaining("no tar header");
    byte[] cut = tar(Map.of("index.json", new byte[3000]));
    Files.write(directory.resolve("image"), java.util.Arrays.copyOf(cut, 2000));
    assertThatThrownBy(() -> open("oci-archive", "", false)).hasMessageContaining("past its end");
  }

  @Test
  void writesTheSameArchiveForTheSameImageAndLeavesNothingElse() throws IOException {
    byte[] first = archive();
    assertThat(archive()).isEqualTo(first);
    try (var files = Files.list(directory)) {
      assertThat(files).containsExactly(directory.resolve("image"));
    }
  }

  private byte[] archive() throws IOException {
    try (ImageStore store = open("oci-archive", "v", true)) {
      SampleImage.image(store, "linux/amd64", LAYER);
    }
    return Files.readAllBytes(directory.resolve("image"));
  }
}
