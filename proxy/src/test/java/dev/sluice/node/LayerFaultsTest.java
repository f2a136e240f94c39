package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.embedded.Fault;
import dev.sluice.embedded.Link;
import dev.sluice.fuse.kernel.KernelFuseBridge;
import dev.sluice.image.SampleImage;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.oci.Digest;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.NewSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers of registries that fail and indexes that lie: the image comes, or is left clean. */
@NeedsRoot
@Timeout(60)
class LayerFaultsTest {
  private static final int ALWAYS = 1_000_000;
  private static final byte[] CONTENT = SampleImage.noise(300_000, 3);

  @TempDir Path directory;

  private static byte[] tar() throws IOException {
    return new Tar().file("f", 0640, 5, CONTENT).build();
  }

  private static byte[] otherTar() throws IOException {
    return new Tar().file("other", 0640, 5, SampleImage.noise(200_000, 4)).build();
  }

  private static void nothingLeft(NodeRig rig, long snapshot) throws Exception {
    assertThat(NodeRig.sh("ls -A \"$1\"; ls -A \"$2\"", rig.files(snapshot), rig.staging()))
        .isEmpty();
  }

  private static void isLeft(Brought brought, String reason) {
    assertThat(brought)
        .isInstanceOfSatisfying(
            Brought.Left.class, left -> assertThat(left.reason()).contains(reason));
  }

  private static String read(Path file) throws Exception {
    return NodeRig.sh("sha256sum <\"$1\" 2>&1 || true", file).split(" ", 2)[0];
  }

  private static String digest() {
    return Digest.sha256(CONTENT).hex();
  }

  static Stream<Fault> lasting() {
    return Stream.of(
        Fault.Status.of(503),
        Fault.Status.of(404),
        new Fault.Drop(),
        new Fault.ResetAfter(0),
        new Fault.WrongBytes());
  }

  @ParameterizedTest
  @MethodSource("lasting")
  void aPullThatFailsLeavesTheLayerAndNoFile_andTheNextTrySucceeds(Fault fault) throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      rig.spoil(image, 0, ALWAYS, fault);
      isLeft(rig.bring(layers, image, null, 1).getFirst(), image.layer(0).toString());
      nothingLeft(rig, 1);
      assertThat(layers.counters().pullFailures()).isEqualTo(1);
      assertThat(layers.counters().left()).isEqualTo(1);

      rig.registry.faults().clear();
      assertThat(rig.bring(layers, image, null, 2).getFirst()).isInstanceOf(Brought.Unpacked.class);
      assertThat(NodeRig.look(rig.files(2))).isEqualTo(rig.truth(tar()));
    }
  }

  @Test
  void aWrongDiffIdLeavesTheLayerAndNoFile() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image =
          NodeImage.push(
              rig.registry, List.of(tar()), List.of(Digest.sha256(new byte[] {9})), null);
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      isLeft(rig.bring(layers, image, null, 1).getFirst(), image.layer(0).toString());
      nothingLeft(rig, 1);
    }
  }

  @Test
  void anAbandonedPullEndsAndLeavesNothing_andOthersGoOn() throws Exception {
    // No request ends by itself before this test would.
    try (NodeRig rig = new NodeRig(directory, Duration.ofMinutes(2), new KernelFuseBridge());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      NodeImage image = rig.push(tar());
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      rig.spoil(image, 0, ALWAYS, new Fault.StallAfter(50_000));
      List<Future<Brought>> bringing = new ArrayList<>();
      for (long id : List.of(1L, 2L)) {
        NewSnapshot snapshot = rig.snapshot(id, List.of());
        bringing.add(threads.submit(() -> layers.bring(rig.request(image, 0, null), snapshot)));
      }
      Awaitility.await().until(() -> rig.registry.traffic().bytesSent(image.layer(0)) > 0);

      layers.abandon(1);
      assertThat(bringing.getFirst().get(20, TimeUnit.SECONDS)).isInstanceOf(Brought.Left.class);
      assertThat(bringing.getLast().isDone()).isFalse();
      layers.abandon(2);
      assertThat(bringing.getLast().get(20, TimeUnit.SECONDS)).isInstanceOf(Brought.Left.class);
      layers.abandon(2);
      Awaitility.await()
          .untilAsserted(() -> {
            nothingLeft(rig, 1);
            nothingLeft(rig, 2);
          });

      rig.registry.faults().clear();
      assertThat(rig.bring(layers, image, null, 3).getFirst()).isInstanceOf(Brought.Unpacked.class);
    }
  }

  @Test
  void aBringThatIsAbandonedBeforeItsPullBeginsPullsNothing() throws Exception {
    try (NodeRig rig = new NodeRig(directory, Duration.ofMinutes(2), new KernelFuseBridge());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      NodeImage image = rig.push(tar());
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      NodeRig.await(rig.registry.link(new Link(Duration.ofMillis(300), 0)));
      rig.spoil(image, 0, ALWAYS, new Fault.Silence());
      NewSnapshot snapshot = rig.snapshot(1, List.of());
      Future<Brought> bringing =
          threads.submit(() -> layers.bring(rig.request(image, 0, null), snapshot));
      Awaitility.await().until(() -> rig.registry.traffic().connections() > 0);
      layers.abandon(1);
      assertThat(bringing.get(30, TimeUnit.SECONDS)).isInstanceOf(Brought.Left.class);
      nothingLeft(rig, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void snapshotsOfTheSameImageAtOnceAreAllRight(boolean lazy) throws Exception {
    try (NodeRig rig = new NodeRig(directory);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      NodeImage image = rig.push(tar(), otherTar());
      if (lazy) {
        image.index();
      }
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      List<Future<List<Brought>>> bringing = new ArrayList<>();
      for (long first = 10; first < 50; first += 10) {
        long from = first;
        bringing.add(threads.submit(() -> rig.bring(layers, image, null, from)));
      }
      for (int i = 0; i < bringing.size(); i++) {
        assertThat(bringing.get(i).get(30, TimeUnit.SECONDS))
            .allSatisfy(each ->
                assertThat(each)
                    .isInstanceOf(lazy ? Brought.Lazily.class : Brought.Unpacked.class));
        long id = 10L * (i + 1);
        assertThat(NodeRig.look(lazy ? layers.shown(id) : rig.files(id)))
            .isEqualTo(rig.truth(tar()));
        assertThat(NodeRig.look(lazy ? layers.shown(id + 1) : rig.files(id + 1)))
            .isEqualTo(rig.truth(otherTar()));
      }
    }
  }

  @Test
  void anIndexDigestThatIsNotThereIsCountedOnce_andTheImageComes() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      image.index(); // Not used instead: what was asked for is not replaced.
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, Digest.sha256(new byte[] {1}), 1).getFirst())
          .isInstanceOf(Brought.Unpacked.class);
      assertThat(layers.counters().indexFailures()).isEqualTo(1);
      assertThat(layers.counters().indexAbsent()).isZero();
      assertThat(layers.counters().pullFailures()).isZero();
    }
  }

  @Test
  void aManifestThatNamesADeletedIndexIsCounted_andTheImageComes() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image =
          NodeImage.push(
              rig.registry,
              List.of(tar()),
              List.of(Digest.sha256(tar())),
              Digest.sha256(new byte[] {1}));
      image.index();
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, null, 1).getFirst()).isInstanceOf(Brought.Unpacked.class);
      assertThat(NodeRig.look(rig.files(1))).isEqualTo(rig.truth(tar()));
      assertThat(layers.counters().indexFailures()).isEqualTo(1);
      assertThat(layers.counters().indexFound()).isZero();
    }
  }

  @Test
  void somethingThatIsNoIndexIsCounted_andTheImageComes() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, image.manifest(), 1).getFirst())
          .isInstanceOf(Brought.Unpacked.class);
      assertThat(layers.counters().indexFailures()).isEqualTo(1);
    }
  }

  @Test
  void anIndexOfAnotherImageMakesNothingLazy_andTheImageComes() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      Digest foreign = rig.push(otherTar()).index();
      NodeImage image = rig.push(tar());
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, foreign, 1).getFirst())
          .isInstanceOf(Brought.Unpacked.class);
      assertThat(NodeRig.look(rig.files(1))).isEqualTo(rig.truth(tar()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"of another layer", "noise", "empty"})
  void aWrongZtocIsCounted_andTheLayerIsUnpackedRight(String kind) throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage other = rig.push(otherTar());
      NodeImage image = rig.push(tar(), otherTar());
      TreeMap<Integer, byte[]> ztocs = new TreeMap<>();
      ztocs.put(
          0,
          switch (kind) {
            case "of another layer" -> other.ztoc(0);
            case "noise" -> "noise".getBytes(StandardCharsets.UTF_8);
            default -> new byte[0];
          });
      ztocs.put(1, image.ztoc(1));
      image.index(ztocs);
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      List<Brought> brought = rig.bring(layers, image, null, 1);
      assertThat(brought.getFirst()).isInstanceOf(Brought.Unpacked.class);
      assertThat(brought.getLast()).isInstanceOf(Brought.Lazily.class);
      assertThat(NodeRig.look(rig.files(1))).isEqualTo(rig.truth(tar()));
      assertThat(layers.counters().lazyFailures()).isEqualTo(1);
      assertThat(layers.counters().indexFound()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOutageThatEndsWithinTheRetriesIsNotSeen(boolean lazy) throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      if (lazy) {
        image.index();
      }
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      rig.registry.faults().plan(3, _ -> true, new Fault.Drop());
      Brought brought = rig.bring(layers, image, null, 1).getFirst();
      assertThat(brought).isInstanceOf(lazy ? Brought.Lazily.class : Brought.Unpacked.class);
      assertThat(rig.registry.faults().allMet()).isTrue();
      rig.registry.faults().plan(2, _ -> true, new Fault.Drop());
      assertThat(read((lazy ? layers.shown(1) : rig.files(1)).resolve("f"))).isEqualTo(digest());
    }
  }

  @Test
  void anOutageLongerThanTheRetriesLeavesTheLayer_andAfterItItIsLazy() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      image.index();
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      rig.registry.faults().plan(ALWAYS, _ -> true, new Fault.Drop());
      assertThat(rig.bring(layers, image, null, 1).getFirst()).isInstanceOf(Brought.Left.class);
      rig.registry.faults().clear();
      Awaitility.await()
          .untilAsserted(() ->
              assertThat(rig.bring(layers, image, null, 2).getFirst())
                  .isInstanceOf(Brought.Lazily.class));
    }
  }

  @Test
  void whatWasReadStaysReadableInAnOutage_theRestIsAnErrorAndRightAgainAfterIt() throws Exception {
    byte[] second = SampleImage.noise(400_000, 8);
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image =
          rig.push(
              new Tar()
                  .file("f", 0644, 0, CONTENT)
                  .file("pad", 0644, 0, SampleImage.noise(300_000, 7))
                  .file("later", 0644, 0, second)
                  .build());
      image.index();
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, null, 1).getFirst()).isInstanceOf(Brought.Lazily.class);
      Path shown = layers.shown(1);
      assertThat(read(shown.resolve("f"))).isEqualTo(digest());

      rig.registry.faults().plan(ALWAYS, _ -> true, new Fault.Drop());
      NodeRig.sh("echo 3 >/proc/sys/vm/drop_caches");
      assertThat(read(shown.resolve("f"))).isEqualTo(digest());
      assertThat(NodeRig.sh("cat \"$1\" 2>&1 >/dev/null || true", shown.resolve("later")))
          .contains("Input/output error");

      rig.registry.faults().clear();
      assertThat(read(shown.resolve("later"))).isEqualTo(Digest.sha256(second).hex());
    }
  }

  @Test
  void aReadThatStallsGoesOnWhenTheNetworkIsBack() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeImage image = rig.push(tar());
      image.index();
      NodeLayers layers = rig.open(NodeRig.ALL, true);
      assertThat(rig.bring(layers, image, null, 1).getFirst()).isInstanceOf(Brought.Lazily.class);
      rig.spoil(image, 0, 1, new Fault.StallAfter(1000));
      assertThat(read(layers.shown(1).resolve("f"))).isEqualTo(digest());
      assertThat(rig.registry.faults().allMet()).isTrue();
    }
  }
}
