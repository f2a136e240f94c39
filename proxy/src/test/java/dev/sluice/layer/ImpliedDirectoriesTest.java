package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.Attributes;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImpliedDirectoriesTest {
  private final Entries make = new Entries();

  private static Attributes attributes(LayerTree tree, String path) {
    Attributes into = new Attributes();
    tree.attributes(tree.find(path), into);
    return into;
  }

  @Test
  void impliedDirectoriesLookLikeTheNearestBelow() {
    LayerTree low = LayerTreeBuilder.build(List.of(make.dir("tmp", 01777), make.dir("./", 0711)));
    LayerTree middle = LayerTreeBuilder.build(List.of(make.file("other", 0644, 1)));
    LayerTree high = LayerTreeBuilder.build(List.of(make.file("tmp/x", 0644, 1)));
    List<LayerTree> resolved = ImpliedDirectories.resolve(List.of(low, middle, high));
    assertThat(resolved.getFirst()).isSameAs(low);
    assertThat(attributes(resolved.get(2), "tmp").mode).isEqualTo(0041777);
    assertThat(attributes(resolved.get(2), "tmp").uid).isEqualTo(7);
    assertThat(attributes(resolved.get(2), "").mode).isEqualTo(0040711);
    assertThat(attributes(high, "tmp").mode).as("shared tree unchanged").isEqualTo(0040755);
  }

  @Test
  void directoriesThatTheLayerStatesStay() {
    LayerTree low = LayerTreeBuilder.build(List.of(make.dir("tmp", 01777)));
    LayerTree high = LayerTreeBuilder.build(List.of(make.dir("tmp", 0700)));
    assertThat(attributes(ImpliedDirectories.resolve(List.of(low, high)).get(1), "tmp").mode)
        .isEqualTo(0040700);
  }

  @Test
  void whatAWhiteoutOrAnOpaqueDirectoryHidesIsNotTaken() {
    LayerTree low = LayerTreeBuilder.build(List.of(make.dir("a/b", 01777), make.dir("c/d", 01777)));
    LayerTree middle =
        LayerTreeBuilder.build(
            List.of(make.file(".wh.a", 0, 0), make.file("c/.wh..wh..opq", 0, 0)));
    LayerTree high =
        LayerTreeBuilder.build(List.of(make.file("a/b/x", 0644, 1), make.file("c/d/x", 0644, 1)));
    LayerTree resolved = ImpliedDirectories.resolve(List.of(low, middle, high)).get(2);
    assertThat(attributes(resolved, "a/b").mode).isEqualTo(0040755);
    assertThat(attributes(resolved, "c/d").mode).isEqualTo(0040755);
  }
}
