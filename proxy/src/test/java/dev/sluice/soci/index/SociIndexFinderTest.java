package dev.sluice.soci.index;

import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.image.SampleImage;
import dev.sluice.image.SampleRegistry;
import dev.sluice.oci.Content;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SociIndexFinderTest {
  private static final byte[] LAYER = gzip(tar(Map.of("file", noise(100_000, 1))));
  private static final IndexOptions OPTIONS =
      new IndexOptions(65536, 0, IndexOptions.DEFAULT_BUILD_TOOL, false, false, List.of());

  @TempDir Path directory;

  private static BuiltIndex create(ImageStore store) {
    return new IndexBuilder(store, store, OPTIONS, BuildListener.NONE)
        .build(PlatformImage.choose(store, store.manifest(""), null), SociIndex.Version.V1)
        .orElseThrow();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void findsVersion1WithAndWithoutReferrersApi(boolean api) {
    try (SampleRegistry registry =
            api ? SampleRegistry.start(directory) : SampleRegistry.withoutReferrersApi(directory);
        ImageStore store = registry.store("app:1")) {
      Content image = SampleImage.image(store, "linux/amd64", LAYER);
      assertThat(SociIndexFinder.find(store, image, null)).isEmpty();
      BuiltIndex built = create(store);

      FoundIndex found = SociIndexFinder.find(store, image, null).orElseThrow();

      assertThat(found.digest()).isEqualTo(built.content().digest());
      assertThat(found.way()).isEqualTo(FoundIndex.Way.REFERRER);
      assertThat(found.index()).isEqualTo(built.index());
      String fallback = "sha256-" + image.digest().hex();
      assertThat(store.findManifest(fallback).isPresent()).isEqualTo(!api);
      create(store);
      assertThat(store.referrers(image.digest(), MediaTypes.SOCI_INDEX_V1)).hasSize(1);
    }
  }

  @Test
  void findsVersion2ByTheAnnotationAlone() {
    try (SampleRegistry registry = SampleRegistry.start(directory);
        ImageStore source = registry.store("app:1");
        ImageStore target = registry.store("soci:1")) {
      SampleImage.image(source, "linux/amd64", LAYER);
      new Converter(source, target, OPTIONS, BuildListener.NONE).convert(List.of(), false);
      PlatformImage image = PlatformImage.choose(target, target.manifest(""), null);
      registry.registry().traffic().reset();

      FoundIndex found = SociIndexFinder.find(target, image.content(), null).orElseThrow();

      assertThat(found.way()).isEqualTo(FoundIndex.Way.ANNOTATION);
      assertThat(found.index().version()).isEqualTo(SociIndex.Version.V2);
      assertThat(registry.registry().traffic().requests()).isEqualTo(1);
    }
  }

  @Test
  void aDanglingAnnotationDoesNotFallBackToWhatAnyoneAttached() {
    try (SampleRegistry registry = SampleRegistry.start(directory);
        ImageStore store = registry.store("app:1")) {
      Manifest plain = OciJson.manifest(SampleImage.image(store, "linux/amd64", LAYER));
      Digest missing = Digest.sha256(new byte[] {1});
      var annotations = new TreeMap<>(Map.of(Annotations.INDEX_DIGEST, missing.toString()));
      Content image =
          Content.of(
              MediaTypes.OCI_MANIFEST,
              OciJson.write(
                  new Manifest(
                      plain.mediaType(), null, plain.config(), plain.layers(), null, annotations)));
      store.putManifest("", image);
      create(store);
      assertThat(store.referrers(image.digest(), MediaTypes.SOCI_INDEX_V1)).hasSize(1);

      assertThatThrownBy(() -> SociIndexFinder.find(store, image, null))
          .hasMessageContaining(missing.toString())
          .hasMessageContaining("it is not there")
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.NOT_FOUND));
    }
  }

  @Test
  void takesTheOneThatIsAskedForAndOnlyASociIndex() {
    try (SampleRegistry registry = SampleRegistry.start(directory);
        ImageStore store = registry.store("app:1")) {
      Content image = SampleImage.image(store, "linux/amd64", LAYER);
      Digest index = create(store).content().digest();

      assertThat(SociIndexFinder.find(store, image, index).orElseThrow().way())
          .isEqualTo(FoundIndex.Way.EXPLICIT);
      assertThatThrownBy(() -> SociIndexFinder.find(store, image, image.digest()))
          .hasMessageContaining("no SOCI index")
          .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.UNSUPPORTED));
    }
  }
}
