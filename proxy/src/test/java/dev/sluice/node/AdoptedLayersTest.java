package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.face.LayerFace;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.mount.NeedsRoot;
import dev.sluice.node.NodeImage.Tar;
import dev.sluice.snapshot.LayerSource.Brought;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers whose mount an earlier process has left, here an earlier object. */
@NeedsRoot
@Timeout(60)
class AdoptedLayersTest {
  @TempDir Path directory;

  private static byte[] tar() throws IOException {
    byte[] noise = new byte[300_001];
    new Random(5).nextBytes(noise);
    return new Tar().directory("d", 0755, 0).file("d/f", 0644, 0, noise).build();
  }

  private static String bring(NodeRig rig, NodeLayers layers) throws IOException {
    NodeImage image = rig.push(tar());
    image.index();
    return ((Brought.Lazily) rig.bring(layers, image, null, 1).getFirst()).record();
  }

  /** What an earlier one had shown is shown again. */
  private static NodeLayers next(NodeRig rig, String record) {
    NodeLayers layers = rig.openKept();
    layers.expect(Set.of(1L));
    show(layers, record);
    return layers;
  }

  private static void show(NodeLayers layers, String record) {
    layers.reopen(1, record).show(List.of());
    layers.cleanUp();
    layers.check(1);
    layers.settle(1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theMountGoesOn_andFacesOnIt(boolean rootIsLink) throws Exception {
    Path root = directory;
    if (rootIsLink) {
      root = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("disk"));
      Files.createDirectory(directory.resolve("disk"));
    }
    try (NodeRig rig = new NodeRig(root)) {
      NodeLayers before = rig.openKept();
      String record = bring(rig, before);
      Path used = before.shown(1);
      before.leave();

      NodeLayers layers = next(rig, record);
      assertThat(layers.isAdopted()).isTrue();
      assertThat(layers.shown(1)).isEqualTo(used);
      assertThat(NodeRig.look(used)).isEqualTo(rig.truth(tar()));
      if (face(layers) == LayerFace.EROFS) {
        assertThat(Objects.requireNonNull(layers.faces()).adopted()).isEqualTo(1);
      }
    }
  }

  @Test
  void facesOnAMountThatIsGoneAreNotTaken() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers before = rig.openKept();
      String record = bring(rig, before);
      before.leave();
      Mounts.unmount(rig.engine().state().layers(), EnumSet.of(Mounts.Unmount.LAZY));

      NodeLayers layers = next(rig, record);
      NodeRig.sh("echo 3 >/proc/sys/vm/drop_caches");
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
      assertThat(Objects.requireNonNull(layers.faces()).adopted()).isZero();
    }
  }

  @Test
  void aFaceOnADamagedImageIsNotTaken() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers before = rig.openKept();
      String record = bring(rig, before);
      before.leave();
      try (Stream<Path> images = Files.list(rig.engine().state().nameImages())) {
        for (Path image : images.toList()) {
          byte[] bytes = Files.readAllBytes(image);
          bytes[bytes.length / 2] ^= 1;
          Files.write(image, bytes);
        }
      }

      NodeLayers layers = next(rig, record);
      assertThat(NodeRig.look(layers.shown(1))).isEqualTo(rig.truth(tar()));
      assertThat(Objects.requireNonNull(layers.faces()).adopted()).isZero();
    }
  }

  @Test
  void nobodyWaitsForASnapshotThatIsForgottenBeforeItIsShown() throws Exception {
    try (NodeRig rig = new NodeRig(directory)) {
      NodeLayers before = rig.openKept();
      String record = bring(rig, before);
      before.leave();

      NodeLayers layers = rig.openKept();
      layers.expect(Set.of(1L, 2L));
      layers.missing(2, new IllegalStateException("its ztoc is gone"));
      show(layers, record);
      Path other = rig.engine().state().layers().resolve("2");
      assertThat(NodeRig.sh("ls \"$1\" 2>&1 || :", other)).contains("Input/output error");
      layers.forget(2);
      assertThat(NodeRig.sh("ls \"$1\" 2>&1 || :", other)).contains("No such file");
    }
  }

  private static LayerFace face(NodeLayers layers) {
    return Objects.requireNonNull(layers.status().get(1L)).face().face();
  }
}
