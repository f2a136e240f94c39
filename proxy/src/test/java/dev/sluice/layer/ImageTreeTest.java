package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.soci.ztoc.TocEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageTreeTest {
  private final Entries make = new Entries();

  private static ImageTree image(List<List<TocEntry>> topFirst) {
    return new ImageTree(topFirst.stream().map(LayerTreeBuilder::build).toList());
  }

  private static String found(ImageTree.Found found) {
    return found == null ? "none" : found.layer() + ":" + found.path();
  }

  private final ImageTree image =
      image(
          List.of(
              List.of(
                  make.dir("etc/", 0755),
                  make.file("etc/.wh.hidden", 0, 0),
                  make.file("etc/both", 0644, 7),
                  make.dir("opaque/", 0755),
                  make.file("opaque/.wh..wh..opq", 0, 0),
                  make.file("opaque/new", 0644, 1),
                  make.symlink("lib", "usr/lib"),
                  make.symlink("loop", "loop"),
                  make.symlink("up", "../../../etc")),
              List.of(
                  make.dir("etc/", 0755),
                  make.file("etc/both", 0644, 5),
                  make.file("etc/hidden", 0644, 5),
                  make.file("etc/low", 0644, 5),
                  make.dir("opaque/", 0755),
                  make.file("opaque/old", 0644, 1),
                  make.file("usr/lib/a.so", 0644, 5),
                  make.symlink("usr/lib/b.so", "/usr/lib/a.so"),
                  make.file("usr/lib/deep/c.so", 0644, 5))));

  @Test
  void upperLayersWin_andHide() {
    assertThat(found(image.file("/etc/both"))).isEqualTo("0:etc/both");
    assertThat(found(image.file("/etc/low"))).isEqualTo("1:etc/low");
    assertThat(found(image.file("/etc/hidden"))).isEqualTo("none");
    assertThat(found(image.file("/opaque/new"))).isEqualTo("0:opaque/new");
    assertThat(found(image.file("/opaque/old"))).isEqualTo("none");
    assertThat(found(image.file("/etc"))).isEqualTo("none");
    assertThat(found(image.file("/nowhere/x"))).isEqualTo("none");
  }

  @Test
  void linksAreFollowedWithinTheImage() {
    assertThat(found(image.file("/lib/a.so"))).isEqualTo("1:lib/a.so");
    assertThat(found(image.file("/lib/b.so"))).isEqualTo("1:lib/b.so");
    assertThat(found(image.file("/up/low"))).isEqualTo("1:up/low");
    assertThat(found(image.file("/loop"))).isEqualTo("none");
    assertThat(found(image.file("/loop/x"))).isEqualTo("none");
    assertThat(found(image.file("/etc/low/x"))).isEqualTo("none");
  }

  @Test
  void findsFilesBelowADirectory() {
    assertThat(image.below("/", path -> path.endsWith(".so"), 10))
        .extracting(ImageTree.Found::path)
        .containsExactly("usr/lib/a.so", "usr/lib/deep/c.so");
    assertThat(image.below("/lib", _ -> true, 1))
        .extracting(ImageTree.Found::path)
        .containsExactly("lib/a.so");
    assertThat(image.below("/opaque", _ -> true, 10)).hasSize(1);
    assertThat(image.below("/etc", _ -> true, 10))
        .extracting(ImageTree.Found::path)
        .containsExactly("etc/both", "etc/low");
  }
}
