package dev.sluice.mount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cli.Main;
import dev.sluice.fetch.SampleLayer;
import dev.sluice.oci.MediaTypes;
import dev.sluice.profile.ImageRuns;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileEntry;
import dev.sluice.profile.RunOptions;
import dev.sluice.soci.index.PrefetchSpans;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.SpanTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real mounts that record what is read, and others that fetch it before it is read. */
@NeedsRoot
class ProfiledMountTest {
  private static final List<String> WANTED = List.of("f17", "f3", "f4", "f30", "f9");
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final RunOptions BOTH =
      new RunOptions(true, true, true, null, QUIET, Duration.ofMinutes(1), 1L << 30);
  private static final RunOptions RECORD =
      new RunOptions(true, false, false, null, QUIET, Duration.ofMinutes(1), 1L << 30);

  @TempDir Path directory;

  private LazyImage image() throws Exception {
    SampleLayer sample = SampleLayer.make(21, 40, Compression.GZIP, 32 << 10);
    return new LazyImage(
            directory,
            sample,
            MediaTypes.OCI_LAYER_GZIP,
            UnaryOperator.identity(),
            UnaryOperator.identity())
        .indexed();
  }

  private static Map<String, String> truth(LazyImage image, List<String> names) {
    TreeMap<String, String> truth = new TreeMap<>(image.truth());
    truth.keySet().retainAll(names);
    return truth;
  }

  /** Reads files of the image on a node and waits until the recording ended. */
  private static Profile record(LazyImage image, String node, List<String> names) throws Exception {
    try (MountEngine engine = image.engine(node, RECORD);
        MountedImage mounted = image.mount(engine)) {
      assertThat(image.read(mounted.target(), names)).isEqualTo(truth(image, names));
      ImageRuns runs = engine.runs();
      Awaitility.await().until(() -> runs.counters().recorded() == 1);
      return runs.store().load(image.manifest()).orElseThrow();
    }
  }

  private static Set<Integer> spans(LazyImage image, Profile profile) {
    return spans(image.sample.ztoc().spans(), profile);
  }

  private static Set<Integer> spans(SpanTable table, Profile profile) {
    Set<Integer> spans = new TreeSet<>();
    for (ProfileEntry entry : profile.likely()) {
      for (int span = 0; span < table.count(); span++) {
        if (table.uncompressedStart(span) < entry.to()
            && entry.from() < table.uncompressedEnd(span)) {
          spans.add(span);
        }
      }
    }
    return spans;
  }

  private static long compressed(LazyImage image, Set<Integer> spans) {
    SpanTable table = image.sample.ztoc().spans();
    return spans.stream()
        .mapToLong(span -> table.compressedEnd(span) - table.compressedStart(span))
        .sum();
  }

  @Test
  void whatOneNodeReadsAnotherFetchesBeforeItIsRead_andNothingElse() throws Exception {
    try (LazyImage image = image()) {
      Profile profile = record(image, "first", WANTED);
      assertThat(profile.likely().stream().map(ProfileEntry::path).distinct().toList())
          .isEqualTo(WANTED);
      Set<Integer> spans = spans(image, profile);
      assertThat(spans).hasSizeLessThan(image.sample.ztoc().spans().count() / 2);
      long before = image.registry.traffic().bytesSent(image.layerDigest());

      try (MountEngine engine = image.engine("second", BOTH)) {
        engine.runs().store().save(profile);
        try (MountedImage mounted = image.mount(engine)) {
          Awaitility.await()
              .until(() -> engine.runs().hints().fetchedBytes() >= compressed(image, spans));
          long ahead = engine.fetches().spans();
          assertThat(ahead).isEqualTo(spans.size());

          assertThat(image.read(mounted.target(), WANTED)).isEqualTo(truth(image, WANTED));
          assertThat(engine.reads().misses()).as("reads that waited").isZero();
          assertThat(engine.fetches().spans()).as("spans fetched").isEqualTo(ahead);
          Awaitility.await().until(() -> engine.runs().counters().recorded() == 1);
        }
        assertThat(engine.runs().hints().usedBytes()).isEqualTo(compressed(image, spans));
        assertThat(engine.runs().hints().wastedBytes()).isZero();
      }
      long sent = image.registry.traffic().bytesSent(image.layerDigest()) - before;
      assertThat(sent).isBetween(1L, compressed(image, spans) * 115 / 100);
    }
  }

  @Test
  void aReaderThatIsFasterThanTheHintsCausesNoByteTwice_andNoneBeyondThem() throws Exception {
    try (LazyImage image = image()) {
      Profile profile = record(image, "first", WANTED);
      long bytes = compressed(image, spans(image, profile));
      long before = image.registry.traffic().bytesSent(image.layerDigest());
      try (MountEngine engine = image.engine("second", BOTH)) {
        engine.runs().store().save(profile);
        try (MountedImage mounted = image.mount(engine)) {
          assertThat(image.read(mounted.target(), WANTED)).isEqualTo(truth(image, WANTED));
        }
      }
      long sent = image.registry.traffic().bytesSent(image.layerDigest()) - before;
      assertThat(sent).isBetween(1L, bytes * 115 / 100);
    }
  }

  @Test
  void aProfileOfOtherFilesDoesNoHarm_andTheNextRunsCorrectIt() throws Exception {
    List<String> others = List.of("f1", "f25");
    try (LazyImage image = image()) {
      Profile wrong = record(image, "first", WANTED);
      try (MountEngine engine = image.engine("second", BOTH)) {
        engine.runs().store().save(wrong);
        for (int run = 1; run <= 2; run++) {
          long runs = run;
          try (MountedImage mounted = image.mount(engine)) {
            assertThat(image.read(mounted.target(), others)).isEqualTo(truth(image, others));
            Awaitility.await().until(() -> engine.runs().counters().recorded() == runs);
          }
        }
        assertThat(engine.runs().hints().wastedBytes()).isPositive();
        Profile corrected = engine.runs().store().load(image.manifest()).orElseThrow();
        assertThat(corrected.likely().stream().map(ProfileEntry::path).distinct().toList())
            .isEqualTo(others);
      }
    }
  }

  /** A node without a profile that fetches ahead by what stands beside the image. */
  private static void startsWithWhatWasPushed(LazyImage image, Set<Integer> spans)
      throws Exception {
    RunOptions artifacts = new RunOptions(false, true, true, null, QUIET, QUIET, 1L << 30);
    try (MountEngine engine = image.engine("another", artifacts);
        MountedImage mounted = image.mount(engine)) {
      Awaitility.await().until(() -> engine.fetches().spans() == spans.size());
      assertThat(image.read(mounted.target(), WANTED)).isEqualTo(truth(image, WANTED));
      assertThat(engine.reads().misses()).isZero();
      assertThat(engine.fetches().spans()).isEqualTo(spans.size());
    }
  }

  private String push(String reference, String... more) {
    List<String> command =
        new ArrayList<>(
            List.of("profile", "push", "--plain-http", "--root", directory + "/first", reference));
    command.addAll(List.of(more));
    return run(command.toArray(String[]::new));
  }

  private static String run(String... command) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(said, true, StandardCharsets.UTF_8);
    int code = Main.run(stream, stream, command);
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(code).as(text).isZero();
    return text;
  }

  @Test
  void aProfileThatWasPushedIsFoundByAnotherNode() throws Exception {
    try (LazyImage image = image()) {
      Profile profile = record(image, "first", WANTED);
      Path artifacts = directory.resolve("d/".repeat(20) + "artifacts");
      String files =
          run(
              "profile",
              "export",
              "--format=soci",
              "--to=" + Path.of("").toAbsolutePath().relativize(artifacts),
              "--plain-http",
              "--root=" + directory.resolve("first"),
              image.reference());
      assertThat(push(image.reference())).contains("sha256:");
      assertThat(files).contains("/d/artifacts/");
      try (Stream<Path> all = Files.list(artifacts)) {
        assertThat(all)
            .allSatisfy(file ->
                assertThat(PrefetchSpans.parse("exported", Files.readAllBytes(file)).ranges())
                    .isNotEmpty())
            .hasSize(1);
      }
      startsWithWhatWasPushed(image, spans(image, profile));
      // Pushed again it replaces what was pushed before.
      assertThat(push(image.reference())).contains("sha256:");
      assertThat(run("prefetch", "info", "--plain-http", image.reference()).lines()).hasSize(2);
    }
  }

  @Test
  void aProfileOfAnImageThatNamesItsIndexMakesANewImage() throws Exception {
    try (LazyImage image = image()) {
      Profile profile = record(image, "first", WANTED);
      image.convert();
      String tagged = image.reference().replace(":latest", ":lazy");
      assertThat(
              push(
                  tagged,
                  "--profile=" + profile.manifest(),
                  "--platform=linux/amd64",
                  "--tag=with-profile"))
          .contains("the image is now");
      image.open("with-profile");
      startsWithWhatWasPushed(image, convertedSpans(image, profile));
    }
  }

  /** The spans of the index that convert makes, which are of 64 KiB. */
  private static Set<Integer> convertedSpans(LazyImage image, Profile profile) throws Exception {
    SampleLayer sample = SampleLayer.make(21, 40, Compression.GZIP, 64 << 10);
    assertThat(sample.blob()).isEqualTo(image.sample.blob());
    return spans(sample.ztoc().spans(), profile);
  }

  @Test
  void aManifestIsFetchedAhead_andAChangeOfItCountsAtTheNextStart() throws Exception {
    Path manifests = Files.createDirectories(directory.resolve("prefetch.d"));
    RunOptions options = new RunOptions(false, true, true, manifests, QUIET, QUIET, 1L << 30);
    Files.writeString(
        manifests.resolve("a.toml"),
        """
        [[images]]
        image = "%s/*:latest"
        [[images.files]]
        path = "/f1?"
        priority = 7
        [[images.files]]
        path = "not absolute"
        """
            .replace("%s/*", "**"));
    try (LazyImage image = image();
        MountEngine engine = image.engine("second", options)) {
      List<String> tens = IntStream.range(10, 20).mapToObj(i -> "f" + i).toList();
      try (MountedImage mounted = image.mount(engine)) {
        Awaitility.await().until(() -> engine.runs().hints().fetchedBytes() > 0 && idle(engine));
        assertThat(image.read(mounted.target(), tens)).isEqualTo(truth(image, tens));
        assertThat(engine.reads().misses()).isZero();
      }
      Files.writeString(
          manifests.resolve("a.toml"),
          "images = [{image = \"%s\", files = [{path = \"/f30\"}]}]".formatted(image.manifest()));
      long before = engine.runs().hints().fetchedBytes();
      try (MountedImage mounted = image.mount(engine)) {
        Awaitility.await()
            .until(() -> engine.runs().hints().fetchedBytes() > before && idle(engine));
        long misses = engine.reads().misses();
        assertThat(image.read(mounted.target(), List.of("f30")))
            .isEqualTo(truth(image, List.of("f30")));
        assertThat(engine.reads().misses()).isEqualTo(misses);
      }
    }
  }

  private static boolean idle(MountEngine engine) {
    return engine.fetches().fetches() > 0 && engine.scheduler().memoryUsed() == 0;
  }

  @Test
  void aRecordingThatIsAskedForIsKept_alsoWhereRunsAreNotRecorded() throws Exception {
    try (LazyImage image = image();
        MountEngine engine = image.engine("first", RunOptions.OFF);
        MountedImage mounted = image.mount(engine)) {
      ImageRuns runs = engine.runs();
      assertThat(runs.record(image.reference(), true).state()).isEqualTo("WAITING");
      image.read(mounted.target(), List.of("f3", "f4"));
      assertThat(runs.recording(image.manifest().toString()).entries()).isPositive();
      assertThat(runs.end(image.reference()).state()).isEqualTo("ENDED");
      assertThat(likely(runs, image)).containsExactly("f3", "f4");

      // The kernel has f3 in its page cache, which must not make it fade.
      runs.record(image.reference(), true);
      image.read(mounted.target(), List.of("f3", "f9"));
      runs.end(image.reference());
      assertThat(likely(runs, image)).containsExactlyInAnyOrder("f3", "f4", "f9");
      assertThatThrownBy(() -> runs.record("other:1", true)).hasMessageContaining("other:1");
    }
  }

  private static List<String> likely(ImageRuns runs, LazyImage image) {
    return runs.store().load(image.manifest()).orElseThrow().likely().stream()
        .map(ProfileEntry::path)
        .distinct()
        .toList();
  }
}
