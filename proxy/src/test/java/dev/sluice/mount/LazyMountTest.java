package dev.sluice.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.embedded.Access;
import dev.sluice.embedded.EmbeddedOptions;
import dev.sluice.embedded.Fault;
import dev.sluice.embedded.RequestKind;
import dev.sluice.fetch.SampleLayer;
import dev.sluice.layer.ReadWait;
import dev.sluice.oci.MediaTypes;
import dev.sluice.registry.Credentials;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.ZtocWriter;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Real mounts of an image whose registry, index or blobs misbehave: right bytes or EIO. */
@NeedsRoot
class LazyMountTest {
  private static final int FILES = 12;
  private static final long SPAN = 64 << 10;

  @TempDir Path directory;

  private static SampleLayer gzipLayer() throws Exception {
    return SampleLayer.make(7, FILES, Compression.GZIP, SPAN);
  }

  private LazyImage image(
      UnaryOperator<EmbeddedOptions> served, UnaryOperator<RegistryOptions> used) throws Exception {
    return new LazyImage(directory, gzipLayer(), MediaTypes.OCI_LAYER_GZIP, served, used);
  }

  private LazyImage image() throws Exception {
    return image(UnaryOperator.identity(), UnaryOperator.identity());
  }

  @Test
  void everyFileIsRight_andAnEngineThatStartsLaterAsksForNoByteAgain() throws Exception {
    try (LazyImage image = image().indexed()) {
      try (MountEngine engine = image.engine();
          MountedImage mounted = image.mount(engine)) {
        assertThat(mounted.lazyLayers()).isEqualTo(1);
        assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
        assertThat(engine.reads().failures()).isZero();
      }
      long before = image.registry.traffic().bytesSent(image.layerDigest());
      assertThat(before).isPositive();
      LazyImage.dropCaches();
      try (MountEngine engine = image.engine();
          MountedImage mounted = image.mount(engine)) {
        assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
        assertThat(engine.fetches().fetches()).isZero();
      }
      assertThat(image.registry.traffic().bytesSent(image.layerDigest())).isEqualTo(before);
    }
  }

  @Test
  void oneFileFetchesItsSpansAndNoMore() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      image.read(mounted.target(), List.of("f3"));
      assertThat(engine.fetches().spans())
          .isBetween(1L, (long) image.sample.ztoc().spans().count() / 2);
    }
  }

  @Test
  void anUncompressedLayerIsLazyToo() throws Exception {
    SampleLayer plain = SampleLayer.make(8, FILES, Compression.UNCOMPRESSED, SPAN);
    try (LazyImage image =
            new LazyImage(
                    directory,
                    plain,
                    MediaTypes.OCI_LAYER,
                    UnaryOperator.identity(),
                    UnaryOperator.identity())
                .indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(mounted.lazyLayers()).isEqualTo(1);
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  @Test
  void aLayerOfManyGzipMembersIsLazyToo() throws Exception {
    SampleLayer members = gzipLayer().inMembers(9);
    try (LazyImage image =
            new LazyImage(
                    directory,
                    members,
                    MediaTypes.DOCKER_LAYER_GZIP,
                    UnaryOperator.identity(),
                    UnaryOperator.identity())
                .indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(mounted.lazyLayers()).isEqualTo(1);
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  @Test
  void aConvertedImageIsLazyByItsOwnIndex() throws Exception {
    try (LazyImage image = image()) {
      image.convert();
      try (MountEngine engine = image.engine();
          MountedImage mounted = image.mount(engine)) {
        assertThat(image.said).anyMatch(line -> line.contains("named by the image manifest"));
        assertThat(mounted.lazyLayers()).isEqualTo(1);
        assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      }
    }
  }

  @Test
  void anIndexThatIsAskedForIsUsed_andMustBeThere() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine()) {
      image.askForLastIndex();
      try (MountedImage mounted = image.mount(engine)) {
        assertThat(image.said).anyMatch(line -> line.contains("named by its digest"));
        assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      }
      image
          .registry
          .faults()
          .plan(
              Integer.MAX_VALUE,
              seen -> seen.kind() == RequestKind.MANIFEST && seen.path().contains("sha256:"),
              Fault.Status.of(404));
      assertThatThrownBy(() -> image.mount(engine)).hasMessageContaining("SOCI index sha256:");
    }
  }

  @Test
  void withoutTheReferrersApiTheFallbackTagIsAsked_andAnImageWithoutEitherStillStarts()
      throws Exception {
    try (LazyImage image =
            image(EmbeddedOptions::withoutReferrersApi, UnaryOperator.identity()).indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      // Nobody has written the fallback tag: this registry does not do it, its client would have.
      assertThat(mounted.lazyLayers()).isZero();
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  static Stream<Fault> faults() {
    return Stream.of(
        new Fault.IgnoreRange(),
        new Fault.ResetAfter(1000),
        new Fault.ResetAfter(0),
        new Fault.ShortBody(1000),
        new Fault.LongBody(100),
        new Fault.StallAfter(1000),
        new Fault.Silence(),
        new Fault.Drop(),
        new Fault.WrongBytes(),
        Fault.Status.of(503),
        Fault.Status.retryAfter(429, "0"),
        new Fault.Headers(Map.of("Content-Range", "bytes 0-1/2")),
        new Fault.Headers(Map.of("Content-Encoding", "gzip")));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aFaultOnceIsNeverSeenByAReader(Fault fault) throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      image.registry.faults().planBlob(1, fault);
      Map<String, String> found = image.readAll(mounted.target());
      assertThat(image.registry.faults().allMet()).isTrue();
      assertThat(found).isEqualTo(image.truth());
    }
  }

  static Stream<Fault> lastingFaults() {
    return Stream.concat(
        faults().filter(fault -> !(fault instanceof Fault.IgnoreRange)),
        Stream.of(new Fault.RedirectLoop(), Fault.Status.of(404), Fault.Status.of(416)));
  }

  @ParameterizedTest
  @MethodSource("lastingFaults")
  void aFaultThatLastsIsEioWithItsReason_andReadsRecover(Fault fault) throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      image.registry.faults().planBlob(Integer.MAX_VALUE, fault);
      // A broken connection brings some bytes each time, so a reader may get through in the end;
      // bytes beyond those asked for are ignored.
      String got = image.read(mounted.target(), List.of("f1")).get("f1");
      assertThat(got).isIn("Input/output_error", image.truth().get("f1"));
      if (got.equals("Input/output_error")) {
        ReadWait failure = engine.reads().lastFailures().getLast();
        assertThat(failure.failure())
            .contains(image.layerDigest().toString())
            .doesNotContain("Exception");
      } else {
        assertThat(fault)
            .isInstanceOfAny(
                Fault.ResetAfter.class,
                Fault.ShortBody.class,
                Fault.LongBody.class,
                Fault.StallAfter.class);
      }
      image.registry.faults().clear();
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  @Test
  void aRegistryWithoutRangesStillGivesTheRightBytes() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      image.registry.faults().planBlob(Integer.MAX_VALUE, new Fault.IgnoreRange());
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  @Test
  void tokensAndSignedUrlsThatExpireAreRenewed() throws Exception {
    Access access = new Access.Bearer("user", "secret", Duration.ofMinutes(5), false, true);
    try (LazyImage image =
            image(
                    options -> options.withAccess(access).withSignedUrls(Duration.ofMinutes(5)),
                    this::withPassword)
                .indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      Map<String, String> truth = image.truth();
      for (String name : truth.keySet()) {
        LazyImage.await(image.registry.revokeSignedUrls());
        LazyImage.await(image.registry.revokeTokens());
        assertThat(image.read(mounted.target(), List.of(name)))
            .containsEntry(name, truth.get(name));
      }
      assertThat(engine.reads().failures()).isZero();
    }
  }

  private RegistryOptions withPassword(RegistryOptions options) {
    return options.withCredentials(
        _ -> Future.succeededFuture(new Credentials.Password("user", "secret")));
  }

  @Test
  void anImageWithoutAnIndexIsPulledWhole() throws Exception {
    try (LazyImage image = image();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(mounted.lazyLayers()).isZero();
      assertThat(image.said).anyMatch(line -> line.contains("no SOCI index"));
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      assertThat(engine.fetches().fetches()).isZero();
    }
  }

  @Test
  void aLayerPulledWholeIsNotPulledAgainByALaterEngine() throws Exception {
    try (LazyImage image = image()) {
      for (int round = 0; round < 2; round++) {
        try (MountEngine engine = image.engine();
            MountedImage mounted = image.mount(engine)) {
          assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
        }
        LazyImage.dropCaches();
        assertThat(image.registry.traffic().bytesSent(image.layerDigest()))
            .isEqualTo(image.sample.blob().length);
      }
    }
  }

  @Test
  void aLayerThatAnImageHoldsSeveralTimesIsPulledOnce() throws Exception {
    try (LazyImage image = image().threefold();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      assertThat(image.registry.traffic().bytesSent(image.layerDigest()))
          .isEqualTo(image.sample.blob().length);
    }
  }

  @Test
  void aLayerThatAnImageHoldsSeveralTimesIsLazyEachTime() throws Exception {
    try (LazyImage image = image().threefold().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(mounted.lazyLayers()).isEqualTo(3);
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  static Stream<String> badZtocs() {
    return Stream.of("truncated", "noise", "empty", "of another layer", "giant counts");
  }

  @ParameterizedTest
  @MethodSource("badZtocs")
  void aWrongZtocMakesTheLayerWhole_andSaysWhy(String kind) throws Exception {
    byte[] good = ZtocWriter.write(gzipLayer().ztoc());
    byte[] bad =
        switch (kind) {
          case "truncated" -> Arrays.copyOf(good, good.length / 2);
          case "noise" -> noise(good.length);
          case "empty" -> new byte[0];
          case "of another layer" ->
              ZtocWriter.write(SampleLayer.make(99, 3, Compression.GZIP, SPAN).ztoc());
          default -> giantCounts(good);
        };
    try (LazyImage image = image().indexedBy(bad);
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      assertThat(mounted.lazyLayers()).isZero();
      assertThat(image.said)
          .anyMatch(line -> line.contains("pulled whole, as") && line.contains("ztoc"));
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
    }
  }

  private static byte[] noise(int length) {
    byte[] bytes = new byte[length];
    new Random(5).nextBytes(bytes);
    return bytes;
  }

  /** Every aligned word that is a small count becomes a giant one. */
  private static byte[] giantCounts(byte[] good) {
    byte[] bad = good.clone();
    for (int at = 0; at + 4 <= Math.min(bad.length, 4096); at += 4) {
      if (bad[at] == FILES && bad[at + 1] == 0 && bad[at + 2] == 0 && bad[at + 3] == 0) {
        bad[at + 3] = 0x7f;
      }
    }
    assertThat(bad).isNotEqualTo(good);
    return bad;
  }

  @Test
  void aBlobThatIsNotTheLayerFailsTheMountAndLeavesNothing() throws Exception {
    try (LazyImage image = image();
        MountEngine engine = image.engine()) {
      image.registry.faults().planBlob(Integer.MAX_VALUE, new Fault.WrongBytes());
      assertThatThrownBy(() -> image.mount(engine)).hasMessageContaining("digest");
      assertThat(mountsBelow(directory)).isEmpty();
      image.registry.faults().clear();
      try (MountedImage mounted = image.mount(engine)) {
        assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      }
    }
  }

  @Test
  void closingLeavesNoMountAndNoFileBehind() throws Exception {
    try (LazyImage image = image().indexed()) {
      try (MountEngine engine = image.engine();
          MountedImage mounted = image.mount(engine)) {
        assertThat(mountsBelow(directory)).hasSize(2);
        image.readAll(mounted.target());
      }
      assertThat(mountsBelow(directory)).isEmpty();
      try (Stream<Path> left = Files.list(directory.resolve("state/mounts"))) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  void aCacheFileThatIsTruncatedUnderTheMountCostsAtMostOneErrorAndARefetch() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine(0);
        MountedImage mounted = image.mount(engine)) {
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      long spans = engine.fetches().spans();
      Awaitility.await().until(() -> engine.cache().stats().diskWrites() >= spans);
      try (Stream<Path> files = Files.walk(directory.resolve("state/cache"))) {
        for (Path file : files.filter(f -> Files.isRegularFile(f) && large(f)).toList()) {
          assertThat(new ProcessBuilder("truncate", "-s", "0", file.toString()).start().waitFor())
              .isZero();
        }
      }
      LazyImage.dropCaches();
      image.readAll(mounted.target());
      LazyImage.dropCaches();
      assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
      assertThat(engine.fetches().spans()).isGreaterThan(spans);
    }
  }

  private static boolean large(Path file) {
    return file.toFile().length() > 100_000;
  }

  private static List<String> mountsBelow(Path directory) throws Exception {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(" " + directory))
        .toList();
  }

  @Test
  void manyReadersAtOnceGetTheRightBytesAndShareTheFetches() throws Exception {
    try (LazyImage image = image().indexed();
        MountEngine engine = image.engine();
        MountedImage mounted = image.mount(engine)) {
      List<Thread> readers =
          Collections.nCopies(6, 0).stream()
              .map(_ ->
                  Thread.ofPlatform()
                      .unstarted(() -> {
                        try {
                          assertThat(image.readAll(mounted.target())).isEqualTo(image.truth());
                        } catch (Exception e) {
                          throw new IllegalStateException(e);
                        }
                      }))
              .toList();
      var failures = Collections.synchronizedList(new java.util.ArrayList<Throwable>());
      readers.forEach(reader -> reader.setUncaughtExceptionHandler((_, e) -> failures.add(e)));
      readers.forEach(Thread::start);
      for (Thread reader : readers) {
        reader.join(Duration.ofMinutes(2));
      }
      assertThat(failures).isEmpty();
      assertThat(engine.fetches().spans())
          .as("each span came once")
          .isEqualTo(image.sample.ztoc().spans().count());
    }
  }
}
