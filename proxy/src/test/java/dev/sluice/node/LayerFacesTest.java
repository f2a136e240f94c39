package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import dev.sluice.cache.TarCheck.Verdict;
import dev.sluice.embedded.Link;
import dev.sluice.face.FaceChoice;
import dev.sluice.face.LayerFace;
import dev.sluice.fill.FillLayer;
import dev.sluice.fuse.FuseCounters.Operation;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.soci.index.SociIndexFinder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A layer is the same by each face, and gets the best that there is. */
@NeedsRoot
@Timeout(60)
class LayerFacesTest {
  @TempDir Path directory;

  private static byte[] noise(int bytes, int seed) {
    byte[] noise = new byte[bytes];
    new Random(seed).nextBytes(noise);
    return noise;
  }

  private static byte[] tar() throws IOException {
    Tar tar =
        new Tar()
            .directory("d", 01777, 3)
            .file("d/large", 0640, 7, noise(1_500_001, 1))
            .file("d/block", 0644, 0, noise(512, 2))
            .file("d/page", 0644, 0, noise(4096, 3))
            .file("d/empty", 0600, 0, new byte[0])
            .link("d/soft", "../d/page", TarConstants.LF_SYMLINK, 0777, 3)
            .link("hard", "d/large", TarConstants.LF_LINK, 0640, 7)
            .directory("many", 0755, 0);
    for (int i = 0; i < 100; i++) {
      tar.file("many/" + i, 0644, i, noise(i * 97, i));
    }
    return tar.build();
  }

  private static LazyPolicy policy(FaceChoice face) {
    return new LazyPolicy(
        true, SociIndexFinder.SEARCHED, 0, Duration.ofSeconds(20), Duration.ofMillis(1), face);
  }

  private static LayerFace face(NodeLayers layers, long snapshot) {
    return Objects.requireNonNull(layers.status().get(snapshot)).face().face();
  }

  private static LayerCache bytes(NodeLayers layers) {
    return layers.fillable(Set.of()).getFirst().bytes();
  }

  private static void complete(NodeLayers layers) throws IOException {
    FillLayer layer = layers.fillable(Set.of()).getFirst();
    var _ = layer.bytes().fill(0, layer.bytes().map().count() - 1, Lane.DEMAND).join();
    byte[] expected = HexFormat.of().parseHex(layer.diffId().hex());
    assertThat(layer.bytes().check(layer.diffId().digester(), expected, () -> true))
        .isEqualTo(Verdict.RIGHT);
  }

  private static long requests(NodeLayers layers) {
    var fuse = Objects.requireNonNull(layers.fuse());
    return Stream.of(Operation.values()).mapToLong(fuse::requests).sum();
  }

  private static String find(Path tree) throws Exception {
    return NodeRig.sh("cd \"$1\" && find . -printf '%p %s %m %l\\n' && ls absent 2>&1 || :", tree);
  }

  @ParameterizedTest
  @EnumSource(FaceChoice.class)
  void theTreeIsThatOfTheTar_andOnlyFuseIsAskedForNames(FaceChoice choice) throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(choice), false);
      NodeImage image = rig.push(tar());
      image.index();
      rig.bring(layers, image, null, 1);
      boolean fuse = choice == FaceChoice.FUSE;
      assertThat(face(layers, 1)).isEqualTo(fuse ? LayerFace.FUSE : LayerFace.EROFS);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));

      NodeRig.sh("echo 2 >/proc/sys/vm/drop_caches");
      long before = requests(layers);
      assertThat(find(layers.shown(1))).contains("./many/99");
      if (fuse) {
        assertThat(requests(layers)).isGreaterThan(before + 2);
      } else {
        assertThat(requests(layers)).isEqualTo(before);
      }
    }
  }

  @Test
  void aCompleteLayerNeedsUsNoMore_alsoAfterARestart() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(FaceChoice.AUTO), false);
      NodeImage image = rig.push(tar());
      image.index();
      Brought brought = rig.bring(layers, image, null, 1).getFirst();
      Path lazy = layers.shown(1);
      complete(layers);
      assertThat(layers.shown(1)).as("what is in use stays").isEqualTo(lazy);
      layers.settle(1);
      assertThat(face(layers, 1)).isEqualTo(LayerFace.DISK);
      long before = requests(layers);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
      assertThat(requests(layers)).isEqualTo(before);

      rig.restart();
      layers = rig.open(policy(FaceChoice.AUTO), false);
      layers.reopen(1, ((Brought.Lazily) brought).record()).show(List.of());
      layers.settle(1);
      assertThat(face(layers, 1)).isEqualTo(LayerFace.DISK);
      assertThat(Objects.requireNonNull(layers.faces()).images()).as("written anew").isZero();
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
    }
  }

  @Test
  void aCompleteLayerKeepsItsBytes_whateverElseTheCacheNeeds() throws Exception {
    try (NodeRig rig =
        new NodeRig(directory, Link.NONE, options -> options.withDiskBytes(5 << 20))) {
      NodeLayers layers = rig.open(policy(FaceChoice.AUTO), false);
      NodeImage image = rig.push(tar());
      image.index();
      rig.bring(layers, image, null, 1);
      complete(layers);
      layers.settle(1);
      assertThat(face(layers, 1)).isEqualTo(LayerFace.DISK);
      LayerCache sealed = bytes(layers);
      NodeImage other = rig.push(new Tar().file("other", 0644, 0, noise(8 << 20, 9)).build());
      other.index();
      rig.bring(layers, other, null, 11);
      NodeRig.sh("cat \"$1\"/other >/dev/null", layers.shown(11));
      assertThat(sealed.bytesOnDisk()).isEqualTo(sealed.map().size());
      NodeRig.sh("echo 3 >/proc/sys/vm/drop_caches");
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
    }
  }

  @Test
  void anImageOfNamesThatIsDamagedIsWrittenAnew_andOneThatIsWholeIsKept() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(FaceChoice.AUTO), false);
      NodeImage image = rig.push(tar());
      image.index();
      String record = ((Brought.Lazily) rig.bring(layers, image, null, 1).getFirst()).record();
      for (boolean damage : new boolean[] {false, true}) {
        rig.restart();
        if (damage) {
          Path names = image(rig);
          byte[] bytes = Files.readAllBytes(names);
          bytes[bytes.length / 2] ^= 1;
          Files.write(names, bytes);
        }
        layers = rig.open(policy(FaceChoice.AUTO), false);
        layers.reopen(1, record).show(List.of());
        layers.settle(1);
        layers.cleanUp();
        var counters = Objects.requireNonNull(layers.faces());
        assertThat(counters.images()).isEqualTo(damage ? 1 : 0);
        assertThat(counters.damagedImages()).isEqualTo(damage ? 1 : 0);
        assertThat(face(layers, 1)).isEqualTo(LayerFace.EROFS);
        assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
      }
      layers.forget(1);
      assertThat(rig.engine().state().nameImages()).isEmptyDirectory();
    }
  }

  private static Path image(NodeRig rig) throws IOException {
    try (Stream<Path> images = Files.list(rig.engine().state().nameImages())) {
      return images.toList().getFirst();
    }
  }

  @Test
  void mountsThatSomebodyTookAwayAreMadeAgain() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(FaceChoice.AUTO), false);
      NodeImage image = rig.push(tar());
      image.index();
      rig.bring(layers, image, null, 1);
      Mounts.unmount(layers.shown(1), EnumSet.of(Mounts.Unmount.LAZY));
      layers.check(1);
      layers.settle(1);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));

      Mounts.unmount(rig.engine().state().layers(), EnumSet.of(Mounts.Unmount.LAZY));
      org.awaitility.Awaitility.await().until(() -> !layers.isAlive());
      NodeRig.sh("echo 3 >/proc/sys/vm/drop_caches");
      layers.check(1);
      layers.settle(1);
      assertThat(face(layers, 1)).isEqualTo(LayerFace.EROFS);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
    }
  }

  @Test
  void aLayerThatCannotBeMountedIsShownByFuse_andSaysWhy() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(FaceChoice.EROFS), false);
      Path inTheWay = rig.engine().state().names().resolve("1");
      NodeRig.sh("mkdir -p \"${1%/*}\"; echo x >\"$1\"", inTheWay);
      NodeImage image = rig.push(tar());
      image.index();
      rig.bring(layers, image, null, 1);
      var status = Objects.requireNonNull(layers.status().get(1L)).face();
      assertThat(status.face()).isEqualTo(LayerFace.FUSE);
      assertThat(status.reason()).contains(inTheWay.toString());
      assertThat(Objects.requireNonNull(layers.faces()).failures()).isEqualTo(1);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
    }
  }

  @Test
  void nothingStaysMounted() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers layers = rig.open(policy(FaceChoice.AUTO), false);
      NodeImage image = rig.push(tar());
      image.index();
      rig.bring(layers, image, null, 1);
      rig.bring(layers, image, null, 2);
      complete(layers);
      layers.settle(1);
      layers.forget(2);
      assertThat(Mounts.below(directory).stream().map(MountEntry::type))
          .containsExactlyInAnyOrder("erofs", "erofs", "fuse.sluice");
    }
    assertThat(Mounts.below(directory)).isEmpty();
  }
}
