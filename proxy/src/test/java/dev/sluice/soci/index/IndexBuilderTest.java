package dev.sluice.soci.index;

import static dev.sluice.image.SampleImage.gzip;
import static dev.sluice.image.SampleImage.noise;
import static dev.sluice.image.SampleImage.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.Fault;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.ImageStores;
import dev.sluice.image.PlatformImage;
import dev.sluice.image.SampleImage;
import dev.sluice.image.SampleRegistry;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.MediaTypes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexBuilderTest {
  private static final byte[] SMALL = gzip(tar(Map.of("small", new byte[100])));
  private static final byte[] LARGE = gzip(tar(Map.of("etc/large", noise(300_000, 1))));

  @TempDir Path directory;
  private SampleRegistry registry;
  private ImageStore store;
  private final RecordingListener listener = new RecordingListener();

  @BeforeEach
  void start() {
    registry = SampleRegistry.start(directory);
    store = registry.store("team/app:1");
  }

  @AfterEach
  void stop() {
    store.close();
    registry.close();
  }

  private static IndexOptions options(long minLayerSize, boolean force, String... prefetch) {
    return new IndexOptions(
        65536, minLayerSize, IndexOptions.DEFAULT_BUILD_TOOL, false, force, List.of(prefetch));
  }

  private Optional<BuiltIndex> build(IndexOptions options) {
    Content root = store.manifest("");
    return new IndexBuilder(store, store, options, listener)
        .build(PlatformImage.choose(store, root, null), SociIndex.Version.V1);
  }

  @Test
  void leavesOutSmallLayersButNotThoseOfJustTheSize() {
    SampleImage.image(store, "linux/amd64", SMALL, LARGE);

    BuiltIndex built = build(options(LARGE.length, false)).orElseThrow();

    assertThat(built.index().ztocs())
        .extracting(ztoc -> ztoc.layer())
        .containsExactly(Digests.of(LARGE));
    assertThat(listener.heard)
        .anyMatch(m -> m.startsWith("skipped " + Digests.of(SMALL).brief()))
        .contains("built " + Digests.of(LARGE).brief() + " from " + LARGE.length + " bytes");
    assertThat(build(options(LARGE.length + 1, false))).isEmpty();
  }

  @Test
  void storesAllThatTheIndexNames() {
    SampleImage.image(store, "linux/amd64", SMALL, LARGE);

    BuiltIndex built = build(options(0, false, "/etc/large", "/nowhere")).orElseThrow();

    assertThat(built.index().layers()).hasSize(3);
    for (Descriptor blob : built.index().layers()) {
      assertThat(store.smallBlob(blob, 1 << 20)).hasSize((int) blob.size());
    }
    assertThat(store.smallBlob(built.index().config(), 2)).asString().isEqualTo("{}");
    Descriptor prefetch = built.index().prefetchOf(Digests.of(LARGE)).orElseThrow();
    assertThat(PrefetchSpans.parse("x", store.smallBlob(prefetch, 1000)).ranges())
        .singleElement()
        .satisfies(range -> assertThat(range.last()).isGreaterThan(range.first()));
    assertThat(listener.heard).contains("prefetch file /nowhere is in no indexed layer");
  }

  @Test
  void reusesZtocsUnlessForcedOrOfAnotherSpanSize() {
    SampleImage.image(store, "linux/amd64", LARGE);
    BuiltIndex first = build(options(0, false)).orElseThrow();
    long layerBytes = registry.registry().traffic().bytesSent(Digests.of(LARGE));

    BuiltIndex second = build(options(0, false)).orElseThrow();
    assertThat(second.content().digest()).isEqualTo(first.content().digest());
    assertThat(listener.heard).contains("reused " + Digests.of(LARGE).brief());
    assertThat(registry.registry().traffic().bytesSent(Digests.of(LARGE))).isEqualTo(layerBytes);

    BuiltIndex forced = build(options(0, true)).orElseThrow();
    assertThat(forced.content().digest()).isEqualTo(first.content().digest());
    assertThat(registry.registry().traffic().bytesSent(Digests.of(LARGE)))
        .isGreaterThan(layerBytes);

    var otherSpans =
        new IndexOptions(131072, 0, IndexOptions.DEFAULT_BUILD_TOOL, false, false, List.of());
    BuiltIndex other = build(otherSpans).orElseThrow();
    assertThat(other.index().ztocs().getFirst().spanSize()).isEqualTo(131072);
    assertThat(other.index().ztocs().getFirst().descriptor().digest())
        .isNotEqualTo(first.index().ztocs().getFirst().descriptor().digest());
  }

  @Test
  void bindsNoZtocToAnImageThatAnyoneMayHaveAttached() {
    SampleImage.image(store, "linux/amd64", LARGE);
    assertThat(build(options(0, false))).isPresent();
    listener.heard.clear();

    try (ImageStore target = registry.store("team/app:soci")) {
      new Converter(store, target, options(0, false), listener).convert(List.of(), false);
      assertThat(listener.heard).noneMatch(m -> m.startsWith("reused"));
      listener.heard.clear();
      new Converter(target, target, options(0, false), listener).convert(List.of(), false);
      assertThat(listener.heard).contains("reused " + Digests.of(LARGE).brief());
    }
  }

  @Test
  void buildsAgainWhatAnEarlierIndexOnlyClaims() {
    Content image = SampleImage.image(store, "linux/amd64", LARGE);
    Descriptor junk =
        SampleImage.blob(store, MediaTypes.SOCI_ZTOC, "junk".getBytes(StandardCharsets.US_ASCII));
    var annotated =
        new Descriptor(
            junk.mediaType(),
            junk.digest(),
            junk.size(),
            List.of(),
            new java.util.TreeMap<>(
                Map.of(
                    Annotations.LAYER_DIGEST,
                    Digests.of(LARGE).toString(),
                    Annotations.SPAN_SIZE,
                    "65536")),
            null,
            null,
            null);
    SociIndex index =
        SociIndex.of(
            SociIndex.Version.V1,
            List.of(annotated),
            image.descriptor(),
            IndexOptions.DEFAULT_BUILD_TOOL);
    store.putBlob(index.config(), SociIndex.configBytes());
    store.putByDigest(index.content());

    BuiltIndex built = build(options(0, false)).orElseThrow();

    assertThat(built.index().ztocs().getFirst().descriptor().digest()).isNotEqualTo(junk.digest());
    assertThat(listener.heard)
        .anyMatch(m -> m.startsWith("ztoc " + junk.digest() + " is not reused"));
  }

  @Test
  void skipsZstdAndRefusesWhatIsNoLayer() {
    store.putManifest(
        "", SampleImage.manifest(store, "linux/amd64", MediaTypes.OCI_LAYER_ZSTD, noise(1000, 2)));
    assertThat(build(options(0, false))).isEmpty();
    assertThat(listener.heard).anyMatch(m -> m.contains("can't be read at random places"));

    store.putManifest(
        "", SampleImage.manifest(store, "linux/amd64", MediaTypes.OCI_CONFIG, noise(1000, 2)));
    assertThatThrownBy(() -> build(options(0, false)))
        .hasMessageContaining("is not a layer's")
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.UNSUPPORTED));
  }

  @Test
  void failsOnALayerThatIsNotWhatItsDigestSays() {
    SampleImage.image(store, "linux/amd64", SMALL);
    String hex = Digests.of(SMALL).hex();
    registry.registry().faults().plan(100, s -> s.path().contains(hex), new Fault.WrongBytes());

    assertThatThrownBy(() -> build(options(0, false)))
        .hasMessageContaining(Digests.of(SMALL).toString())
        .satisfies(e -> assertThat(SluiceException.kindOf(e)).isEqualTo(FailureKind.CORRUPT));
    assertThat(listener.heard).contains("failed " + Digests.of(SMALL).brief());
    assertThat(store.referrers(store.manifest("").digest(), MediaTypes.SOCI_INDEX_V1)).isEmpty();
  }

  @Test
  void marksLayersWithoutXattrsWhenAsked() {
    SampleImage.image(
        store, "linux/amd64", LARGE, gzip(tar(Map.of("d/.wh..wh..opq", new byte[0]))));
    var options =
        new IndexOptions(65536, 0, IndexOptions.DEFAULT_BUILD_TOOL, true, false, List.of());

    assertThat(build(options).orElseThrow().index().ztocs())
        .extracting(ZtocDescriptor::xattrsDisabled)
        .containsExactly(true, false);
  }

  @Test
  void leavesNothingBehind() throws Exception {
    Path layout = directory.resolve("layout");
    try (ImageStore local = ImageStores.createLocal(ImageLocation.parse("oci:" + layout))) {
      SampleImage.image(local, "linux/amd64", LARGE);
      new IndexBuilder(local, local, options(0, false), listener)
          .build(PlatformImage.choose(local, local.manifest(""), null), SociIndex.Version.V1);
    }
    try (var files = Files.walk(layout)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .noneMatch(name -> name.endsWith(".tmp"));
    }
  }
}
