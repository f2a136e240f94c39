package dev.sluice.soci.index;

import static dev.sluice.image.SampleImage.entry;
import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.image.PlatformImage;
import dev.sluice.image.SampleImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConverterTest {
  private static final byte[] AMD = gzip(tar(Map.of("amd", noise(50_000, 1))));
  private static final byte[] ARM = gzip(tar(Map.of("arm", noise(50_000, 2))));
  private static final String REFERENCE = "vnd.docker.reference.digest";

  @TempDir Path directory;
  private ImageStore source;
  private ImageStore target;
  private final RecordingListener listener = new RecordingListener();

  @BeforeEach
  void open() {
    source = ImageStores.createLocal(ImageLocation.parse("oci:" + directory.resolve("src")));
    target = ImageStores.createLocal(ImageLocation.parse("oci:" + directory.resolve("dst")));
  }

  @AfterEach
  void close() {
    source.close();
    target.close();
  }

  private Index convert(IndexOptions options, String... platforms) {
    List<Platform> wanted = java.util.Arrays.stream(platforms).map(Platforms::parse).toList();
    return OciJson.index(new Converter(source, target, options, listener).convert(wanted, false));
  }

  private static IndexOptions spans(long size) {
    return new IndexOptions(size, 0, IndexOptions.DEFAULT_BUILD_TOOL, false, false, List.of());
  }

  @Test
  void leavesWhatIsNotIndexedAsItIsAndBringsAttestationsUpToDate() {
    Content amd = manifest("linux/amd64", AMD);
    Content arm = manifest("linux/arm64", ARM);
    Content attestation = manifest("linux/amd64", gzip(new byte[10]));
    Descriptor attested =
        entry(
            attestation,
            "unknown/unknown",
            Map.of(REFERENCE, amd.digest().toString(), "vnd.docker.reference.type", "attest"));
    SampleImage.index(
        source,
        entry(amd, "linux/amd64", Map.of("note", "kept")),
        entry(arm, "linux/arm64", Map.of("note", "<too>")),
        attested);

    Index converted = convert(spans(65536), "linux/amd64");

    assertThat(converted.manifests()).hasSize(4);
    Descriptor image = converted.manifests().get(0);
    Descriptor index = converted.manifests().get(3);
    assertThat(image.digest()).isNotEqualTo(amd.digest());
    assertThat(image.annotation("note")).isEqualTo("kept");
    assertThat(image.annotation(Annotations.INDEX_DIGEST)).isEqualTo(index.digest().toString());
    assertThat(index.annotation(Annotations.IMAGE_MANIFEST_DIGEST))
        .isEqualTo(image.digest().toString());
    assertThat(index.artifactType()).isEqualTo(MediaTypes.SOCI_INDEX_V2);
    assertThat(converted.manifests().get(1).digest()).isEqualTo(arm.digest());
    assertThat(converted.manifests().get(1).annotation("note")).isEqualTo("<too>");
    assertThat(converted.manifests().get(2).digest()).isEqualTo(attestation.digest());
    assertThat(converted.manifests().get(2).annotation(REFERENCE))
        .isEqualTo(image.digest().toString());
    assertThat(target.manifest(arm.digest().toString()).bytes()).isEqualTo(arm.bytes());
    assertThat(target.hasBlob(Digests.of(ARM))).isTrue();
  }

  @Test
  void replacesTheIndexOfThePlatformAndKeepsTheOthers() {
    SampleImage.index(
        source,
        entry(manifest("linux/amd64", AMD), "linux/amd64", Map.of()),
        entry(manifest("linux/arm64", ARM), "linux/arm64", Map.of()));
    Index first = convert(spans(65536), "linux/amd64", "linux/arm64");
    source.close();
    source = target;
    target = ImageStores.createLocal(ImageLocation.parse("oci:" + directory.resolve("again")));

    Index second = convert(spans(131072), "linux/arm64");

    assertThat(second.manifests()).hasSize(4);
    assertThat(second.manifests().get(0)).isEqualTo(first.manifests().get(0));
    assertThat(second.manifests().get(2)).isEqualTo(first.manifests().get(2));
    assertThat(second.manifests().get(1).digest()).isNotEqualTo(first.manifests().get(1).digest());
    assertThat(second.manifests().get(3).digest()).isNotEqualTo(first.manifests().get(3).digest());
    assertThat(target.hasBlob(first.manifests().get(3).digest()))
        .as("the index that was replaced is not copied")
        .isFalse();
    for (PlatformImage image : PlatformImage.all(target, target.manifest(""))) {
      assertThat(SociIndexFinder.find(target, image.content(), null)).isPresent();
    }
  }

  @Test
  void leavesOutWhatASparseLayoutLacks() {
    Content amd = manifest("linux/amd64", AMD);
    Content missing = Content.of(MediaTypes.OCI_MANIFEST, new byte[] {'{', '}'});
    SampleImage.index(
        source, entry(missing, "linux/s390x", Map.of()), entry(amd, "linux/amd64", Map.of()));

    Index converted = convert(spans(65536), "linux/amd64");

    assertThat(converted.manifests()).hasSize(2);
    assertThat(listener.heard).anyMatch(m -> m.contains(missing.digest() + " is not in"));
  }

  @Test
  void skipsPlatformsWithoutIndexAndFailsIfAllAre() {
    SampleImage.index(
        source,
        entry(manifest("linux/amd64", AMD), "linux/amd64", Map.of()),
        entry(manifest("linux/arm64", gzip(new byte[1024])), "linux/arm64", Map.of()));
    var options =
        new IndexOptions(65536, 10_000, IndexOptions.DEFAULT_BUILD_TOOL, false, false, List.of());

    assertThat(convert(options, "linux/arm64", "linux/amd64").manifests()).hasSize(3);
    assertThat(listener.heard).anyMatch(m -> m.startsWith("linux/arm64: every layer was skipped"));
    assertThatThrownBy(() -> convert(options, "linux/arm64"))
        .hasMessageContaining("no ztocs created");
    assertThatThrownBy(() -> convert(options, "linux/riscv64"))
        .hasMessageContaining("linux/riscv64");
  }

  @Test
  void leavesAnArchiveAsItWasWhenItFails() throws IOException {
    source.putManifest("", manifest("linux/amd64", AMD));
    Path archive = Files.writeString(directory.resolve("a.tar"), "precious");
    target.close();
    target = ImageStores.createLocal(ImageLocation.parse("oci-archive:" + archive));
    Files.write(
        directory.resolve("src/blobs/sha256/" + Digests.of(AMD).hex()), new byte[AMD.length]);

    assertThatThrownBy(() -> convert(spans(65536)))
        .hasMessageContaining(Digests.of(AMD).toString());

    target.close();
    assertThat(archive).hasContent("precious");
    try (var left = Files.list(directory)) {
      assertThat(left.filter(path -> path.getFileName().toString().startsWith("."))).isEmpty();
    }
  }

  @Test
  void takesTheOnlyPlatformWhateverThisMachineIs() {
    source.putManifest("", manifest("linux/arm/v6", ARM));
    Index converted = convert(spans(65536));
    assertThat(converted.manifests()).extracting(Descriptor::platform).hasSize(2);
    assertThat(Platforms.format(converted.manifests().get(1).platform())).isEqualTo("linux/arm/v6");
    Manifest image =
        OciJson.manifest(target.manifest(converted.manifests().getFirst().digest().toString()));
    assertThat(image.annotations()).containsKey(Annotations.INDEX_DIGEST);
  }

  private Content manifest(String platform, byte[] layer) {
    Content manifest = SampleImage.manifest(source, platform, MediaTypes.OCI_LAYER_GZIP, layer);
    source.putByDigest(manifest);
    return manifest;
  }
}
