package dev.sluice.face;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import dev.sluice.mount.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The settings of real mounts. */
@NeedsRoot
final class MountSettingsTest {
  private final LayerTree tree = LayerTreeBuilder.build(List.of());

  private static Set<Path> all() throws IOException {
    try (var all = Files.list(Path.of("/sys/class/bdi"))) {
      return all.filter(each -> each.getFileName().toString().startsWith("erofs-"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  @Test
  void eachMountReadsAheadAsTheFuseMountDoes() throws Exception {
    Set<Path> before = all();
    try (FaceStage stage = new FaceStage(LayerFace.EROFS)) {
      for (int i = 0; i < 5; i++) {
        stage.show(tree);
      }
      Set<Path> added = all();
      added.removeAll(before);
      assertThat(added).hasSizeGreaterThanOrEqualTo(5);
      for (Path each : added) {
        assertThat(each.resolve("read_ahead_kb")).content().isEqualToIgnoringNewLines("512");
      }
    }
  }

  @Test
  void aMountWhoseNumberIsFarFromTheLastIsFoundToo() throws Exception {
    MountSettings settings = new MountSettings();
    settings.look();
    try (FaceStage stage = new FaceStage(LayerFace.EROFS)) {
      for (int i = 0; i < 20; i++) {
        stage.show(tree);
      }
      stage.hide();
      stage.show(tree);
      assertThat(settings.set()).isPositive();
      assertThat(settings.set()).isZero();
    }
  }
}
