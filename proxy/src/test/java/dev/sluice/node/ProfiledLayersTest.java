package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.mount.MountEngine;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.profile.HintedImage;
import dev.sluice.profile.ImageRuns;
import dev.sluice.profile.Profile;
import dev.sluice.profile.ProfileEntry;
import dev.sluice.profile.RunOptions;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Layers of the service, one after the other, on nodes that record and on nodes that know. */
@NeedsRoot
class ProfiledLayersTest {
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final RunOptions BOTH =
      new RunOptions(true, true, true, null, QUIET, Duration.ofMinutes(1), 1L << 30);

  @TempDir Path directory;

  private static byte[] noise(int seed) {
    byte[] bytes = new byte[300_000];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static NodeImage image(NodeRig rig) throws Exception {
    return rig.push(
        new NodeImage.Tar().file("low", 0644, 0, noise(1)).file("never", 0644, 0, noise(2)).build(),
        new NodeImage.Tar().file("high", 0644, 0, noise(3)).file("no", 0644, 0, noise(4)).build());
  }

  /** As a container does it: overlayfs would look from the top, these are read in this order. */
  private static void read(NodeLayers layers) throws Exception {
    layers.check(1);
    layers.check(2);
    NodeRig.sh("cat \"$1/high\" \"$2/low\" | sha256sum", layers.shown(2), layers.shown(1));
  }

  private static void waitForRecording(ImageRuns runs, long count) {
    Awaitility.await().until(() -> runs.counters().recorded() == count);
  }

  private static Profile recordOnAFirstNode(NodeRig rig, NodeImage image) throws Exception {
    try (MountEngine engine = rig.engine("first", BOTH);
        NodeLayers layers = rig.open(engine)) {
      assertThat(rig.bring(layers, image, null, 1)).hasOnlyElementsOfType(Brought.Lazily.class);
      read(layers);
      waitForRecording(engine.runs(), 1);
      assertThat(layers.status().values().stream().mapToLong(LazyStatus::touchedBytes).sum())
          .as("a layer is half read")
          .isBetween(600_000L, 900_000L);
      return engine.runs().store().load(image.manifest()).orElseThrow();
    }
  }

  @Test
  void theSecondNodeFetchesWhatTheFirstRead_beforeItIsRead_alsoAfterARestart() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = image(rig);
      image.index();
      Profile profile = recordOnAFirstNode(rig, image);
      assertThat(profile.likely().stream().map(ProfileEntry::path).distinct())
          .containsExactly("high", "low");
      List<String> records;
      try (MountEngine engine = rig.engine("second", BOTH)) {
        engine.runs().store().save(profile);
        try (NodeLayers layers = rig.open(engine)) {
          records =
              rig.bring(layers, image, null, 1).stream()
                  .map(brought -> ((Brought.Lazily) brought).record())
                  .toList();
          awaitSpans(engine, profile);
          read(layers);
          assertThat(engine.reads().misses()).isZero();
        }
      }
      // The node is started again with an empty cache: nothing is fetched until a container comes.
      try (MountEngine engine = rig.engine("third", BOTH)) {
        engine.runs().store().save(profile);
        Path ztocs = directory.resolve("third/ztoc");
        NodeRig.sh("cp \"$1\"/* \"$2\"", directory.resolve("second/ztoc"), ztocs);
        try (NodeLayers layers = rig.open(engine)) {
          layers.reopen(1, records.get(0)).show(List.of());
          layers.reopen(2, records.get(1)).show(List.of(new Ancestor(1, layers.shown(1), true)));
          assertThat(engine.runs().counters().withProfile()).isZero();
          layers.check(1);
          layers.check(2);
          awaitSpans(engine, profile);
          read(layers);
          assertThat(engine.reads().misses()).isZero();
        }
      }
    }
  }

  @Test
  void whatIsWarmedByHintsIsWhatTheyName_andWhatIsTouchedIsTold() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = image(rig);
      image.index();
      Profile profile = recordOnAFirstNode(rig, image);
      try (MountEngine engine = rig.engine("second", BOTH)) {
        ImageRuns runs = engine.runs();
        List<String> records;
        try (NodeLayers layers = rig.open(engine)) {
          records =
              rig.bring(layers, image, null, 1).stream()
                  .map(brought -> ((Brought.Lazily) brought).record())
                  .toList();
          assertThatThrownBy(() -> runs.warm(image.manifest().toString()))
              .hasMessageContaining("there are none");
        }
        assertThat(engine.fetches().spans()).isZero();
        runs.store().save(profile);
        try (NodeLayers again = rig.open(engine)) {
          again.reopen(1, records.get(0)).show(List.of());
          again.reopen(2, records.get(1)).show(List.of(new Ancestor(1, again.shown(1), true)));
          HintedImage begun = runs.warm(image.manifest().toString());
          assertThat(begun.bytes()).isBetween(600_000L, 900_000L);
          awaitSpans(engine, profile);
          Awaitility.await().until(() -> runs.hinted(image.manifest().toString()).ended());
          assertThat(runs.hinted(image.manifest().toString()).missingBytes()).isZero();
          assertThat(runs.hintedBytes(1) + runs.hintedBytes(2)).isEqualTo(begun.bytes());
          assertThat(again.status().values()).allMatch(each -> each.touchedBytes() == 0);
        }
      }
    }
  }

  @Test
  void whatAProfileNamesOfALayer_isFetchedBeforeTheLayersTurn() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = image(rig);
      image.index();
      Profile profile = recordOnAFirstNode(rig, image);
      try (MountEngine engine = rig.engine("second", BOTH)) {
        ImageRuns runs = engine.runs();
        runs.store().save(profile);
        String manifest = image.manifest().toString();
        try (NodeLayers layers = rig.open(engine)) {
          layers.bring(rig.request(image, 0, null), rig.snapshot(1, List.of()));
          awaitSpans(engine, profile);
          long hinted = runs.hinted(manifest).bytes();
          layers.bring(
              rig.request(image, 1, null),
              rig.snapshot(2, List.of(new Ancestor(1, layers.shown(1), true))));
          assertThat(runs.hinted(manifest).bytes()).isEqualTo(hinted);
          assertThat(runs.hintedBytes(1) + runs.hintedBytes(2)).isEqualTo(hinted);
          read(layers);
          assertThat(engine.reads().misses()).isZero();
        }
      }
      try (MountEngine engine = rig.engine("third", BOTH)) {
        engine.runs().store().save(profile);
        NodeLayers layers = rig.open(engine);
        layers.bring(rig.request(image, 0, null), rig.snapshot(1, List.of()));
        awaitSpans(engine, profile);
        layers.forget(1);
        assertThat(engine.runs().hinted(image.manifest().toString()).bytes())
            .as("what was opened may still get its turn")
            .isPositive();
        layers.close();
        assertThatThrownBy(() -> engine.runs().hinted(image.manifest().toString()))
            .as("nobody waits for the layer that never came")
            .hasMessageContaining("no lazy layer");
      }
    }
  }

  @Test
  void whatALabelNamesIsFetchedBeforeItIsRead() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = image(rig);
      image.index();
      try (MountEngine engine = rig.engine("labelled", BOTH);
          NodeLayers layers = rig.open(engine)) {
        List<String> wanted = List.of("/high", "/l*");
        layers.bring(rig.request(image, 0, null, wanted), rig.snapshot(1, List.of()));
        layers.bring(
            rig.request(image, 1, null, wanted),
            rig.snapshot(2, List.of(new Ancestor(1, layers.shown(1), true))));
        Awaitility.await()
            .until(() -> engine.runs().hints().ranges() > 0 && engine.fetches().spans() >= 10);
        Awaitility.await().until(() -> engine.scheduler().memoryUsed() == 0);
        read(layers);
        assertThat(engine.reads().misses()).isZero();
        NodeRig.sh("cat \"$1/no\"", layers.shown(2));
        assertThat(engine.reads().misses()).as("what it does not name").isPositive();
      }
    }
  }

  private static void awaitSpans(MountEngine engine, Profile profile) {
    long spans =
        profile.likely().stream()
            .map(entry -> entry.layer() + " " + entry.from())
            .distinct()
            .count();
    Awaitility.await().until(() -> engine.fetches().spans() >= spans);
    Awaitility.await().until(() -> engine.scheduler().memoryUsed() == 0);
    assertThat(engine.fetches().spans()).isEqualTo(spans);
  }
}
