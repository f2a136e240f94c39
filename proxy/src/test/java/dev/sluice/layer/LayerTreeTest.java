package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LayerTreeTest {
  private final Entries make = new Entries();

  private static LayerTree tree(TocEntry... entries) {
    return LayerTreeBuilder.build(List.of(entries));
  }

  private static Attributes attributes(LayerTree tree, String path) {
    Attributes into = new Attributes();
    int node = tree.find(path);
    assertThat(node).as(path).isNotEqualTo(LayerTree.ABSENT);
    tree.attributes(node, into);
    return into;
  }

  private static List<String> names(LayerTree tree, String dir) {
    List<String> names = new ArrayList<>();
    tree.list(
        tree.find(dir),
        0,
        0,
        (name, _, _) -> names.add(new String(name, StandardCharsets.ISO_8859_1)));
    return names;
  }

  @Test
  void attributesAreTheEntrys() {
    LayerTree tree = tree(make.dir("etc/", 01777), make.file("etc/passwd", 04755, 11));
    Attributes dir = attributes(tree, "etc");
    assertThat(dir.mode).isEqualTo(0041777);
    assertThat(dir.uid).isEqualTo(7);
    assertThat(dir.gid).isEqualTo(8);
    assertThat(dir.mtimeSeconds).isEqualTo(100);
    assertThat(dir.mtimeNanos).isEqualTo(5);
    Attributes file = attributes(tree, "etc/passwd");
    assertThat(file.mode).isEqualTo(0104755);
    assertThat(file.size).isEqualTo(11);
    assertThat(tree.dataOffset(tree.find("etc/passwd"))).isEqualTo(512);
  }

  @Test
  void missingParentsAreMade() {
    LayerTree tree = tree(make.file("./a//b/c", 0644, 1));
    assertThat(attributes(tree, "a").mode).isEqualTo(0040755);
    assertThat(names(tree, "a/b")).containsExactly("c");
  }

  /** Entries that follow one another are mostly in one directory; it may become another. */
  @Test
  void aDirectoryThatIsReplacedBetweenItsEntries_isTheNewOne() {
    LayerTree tree =
        tree(
            make.dir("real/", 0755),
            make.file("d/one", 0644, 1),
            make.symlink("d", "real"),
            make.file("d/two", 0644, 1),
            make.file("d", 0644, 1),
            make.dir("d/", 0700),
            make.file("d/three", 0644, 1));
    assertThat(names(tree, "real")).containsExactly("two");
    assertThat(names(tree, "d")).containsExactly("three");
  }

  @Test
  void aDirectoryAboveThatIsReplaced_leadsElsewhereToo() {
    LayerTree tree =
        tree(
            make.dir("other/d/", 0755),
            make.file("a/d/one", 0644, 1),
            make.symlink("a", "other"),
            make.file("a/d/two", 0644, 1));
    assertThat(names(tree, "other/d")).containsExactly("two");
  }

  @Test
  void pathsCannotLeaveTheRoot() {
    LayerTree tree = tree(make.file("../../etc/shadow", 0600, 1), make.file("/abs/../x", 0600, 1));
    assertThat(names(tree, "")).containsExactly("etc", "x");
    assertThat(names(tree, "etc")).containsExactly("shadow");
  }

  @Test
  void aLaterEntryReplacesAnEarlierOne_exceptADirectoryWhichKeepsItsContent() {
    LayerTree tree =
        tree(
            make.dir("d", 0700),
            make.file("d/f", 0644, 5),
            make.dir("d", 0755),
            make.file("x", 0644, 1),
            make.symlink("x", "d"),
            make.dir("y", 0755),
            make.file("y/inside", 0644, 1),
            make.file("y", 0600, 2));
    assertThat(attributes(tree, "d").mode).isEqualTo(0040755);
    assertThat(names(tree, "d")).containsExactly("f");
    assertThat(tree.linkTarget(tree.find("x"))).isEqualTo(Entries.bytes("d"));
    assertThat(attributes(tree, "y").mode).isEqualTo(0100600);
  }

  @Test
  void parentsAreFollowedThroughLinksOfTheSameLayer() {
    LayerTree tree =
        tree(
            make.dir("usr/lib", 0755),
            make.symlink("lib", "usr/lib"),
            make.symlink("usr/back", "../usr/lib"),
            make.symlink("abs", "/usr"),
            make.file("lib/one", 0644, 1),
            make.file("usr/back/two", 0644, 1),
            make.file("abs/lib/three", 0644, 1));
    assertThat(names(tree, "usr/lib")).containsExactly("one", "three", "two");
  }

  @Test
  void aLoopOfLinksAsParentIsRefused() {
    assertThatThrownBy(
            () -> tree(make.symlink("a", "b"), make.symlink("b", "a"), make.file("a/f", 0644, 1)))
        .isInstanceOf(SluiceException.class)
        .hasMessageContaining("a/f")
        .hasMessageContaining("loop");
  }

  @Test
  void hardLinksShareANodeAndCount() {
    LayerTree tree =
        tree(
            make.file("a", 0644, 3),
            make.hardLink("b", "a"),
            make.hardLink("c/d", "./b"),
            make.hardLink("a", "a"));
    assertThat(tree.find("a")).isEqualTo(tree.find("b")).isEqualTo(tree.find("c/d"));
    assertThat(attributes(tree, "a").links).isEqualTo(3);
  }

  @Test
  void aHardLinkToNowhereIsRefused() {
    assertThatThrownBy(() -> tree(make.hardLink("b", "a")))
        .isInstanceOfSatisfying(
            SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.CORRUPT))
        .hasMessageContaining("'b'")
        .hasMessageContaining("'a'");
  }

  @Test
  void whiteoutsStandInTheFormOfOverlayfs() {
    LayerTree tree =
        tree(
            make.file("d/.wh.gone", 0, 0),
            make.file("d/.wh.kept", 0, 0),
            make.file("d/kept", 0644, 1),
            make.file("e/.wh..wh..opq", 0, 0),
            make.file("e/.wh..wh.plnk", 0, 0),
            make.file("e/.wh.", 0, 0),
            make.file("e/.wh...", 0, 0));
    assertThat(names(tree, "d")).containsExactly("gone", "kept");
    Attributes gone = attributes(tree, "d/gone");
    assertThat(gone.mode).isEqualTo(FileMode.CHAR_DEVICE);
    assertThat(gone.device).isZero();
    assertThat(attributes(tree, "d/kept").mode).isEqualTo(0100644);
    assertThat(names(tree, "e")).isEmpty();
    assertThat(tree.xattrs(tree.find("e")))
        .containsEntry("trusted.overlay.opaque", new byte[] {'y'});
  }

  @Test
  void xattrsAndDevicesAreKept() {
    LayerTree tree = tree(make.withXattr("f", "user.k", "v\0w"), make.device("dev/null", 1, 3));
    assertThat(tree.xattrs(tree.find("f"))).containsEntry("user.k", Entries.bytes("v\0w"));
    assertThat(attributes(tree, "dev/null").device).isEqualTo(Attributes.device(1, 3));
  }

  @Test
  void directoriesCountTheirSubdirectories() {
    LayerTree tree = tree(make.dir("a/b", 0755), make.dir("a/c", 0755), make.file("a/f", 0644, 1));
    assertThat(attributes(tree, "a").links).isEqualTo(4);
  }

  @Test
  void rawNamesAreFoundAndListedInOrder() {
    LayerTree tree =
        tree(
            make.file("\u00ff\u00fe", 0644, 1),
            make.file("b", 0644, 1),
            make.file("a".repeat(255), 0644, 1));
    assertThat(names(tree, "")).containsExactly("a".repeat(255), "b", "\u00ff\u00fe");
    assertThat(tree.lookup(LayerTree.ROOT, Entries.bytes("\u00ff\u00fe"))).isPositive();
    assertThatThrownBy(() -> tree(make.file("a".repeat(256), 0644, 1))).hasMessageContaining("255");
  }

  @Test
  void listingGoesOnAfterACookie() {
    LayerTree tree =
        tree(make.file("a", 0644, 1), make.file("b", 0644, 1), make.file("c", 0644, 1));
    List<String> got = new ArrayList<>();
    long[] cookie = {0};
    for (int round = 0; round < 4; round++) {
      tree.list(
          LayerTree.ROOT,
          cookie[0],
          0,
          (name, _, next) -> {
            if (got.size() % 2 == 1 && cookie[0] == next - 2) {
              return false;
            }
            got.add(new String(name, StandardCharsets.ISO_8859_1));
            cookie[0] = next;
            return true;
          });
    }
    assertThat(got).containsExactly("a", "b", "c");
  }

  @Test
  void numbersAreTheSameForTheSameEntries() {
    List<TocEntry> entries = new ArrayList<>();
    Random random = new Random(42);
    for (int i = 0; i < 2000; i++) {
      entries.add(
          make.file("d%d/e%d/f%d".formatted(random.nextInt(9), random.nextInt(99), i), 0644, 1));
    }
    LayerTree one = LayerTreeBuilder.build(entries);
    LayerTree two = LayerTreeBuilder.build(entries);
    assertThat(two.mode).isEqualTo(one.mode);
    assertThat(two.names).isEqualTo(one.names);
    assertThat(two.entryNode).isEqualTo(one.entryNode);
    assertThat(two.parent).isEqualTo(one.parent);
  }

  @Test
  void randomTreesAnswerAsAMapOfPathsDoes() {
    for (long seed = 1; seed <= 50; seed++) {
      Random random = new Random(seed);
      TreeMap<String, Long> truth = new TreeMap<>();
      List<TocEntry> entries = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        String path =
            "d%d/%s%d"
                .formatted(
                    random.nextInt(5), "f".repeat(1 + random.nextInt(20)), random.nextInt(60));
        TocEntry entry = make.file(path, 0644, random.nextInt(1000));
        truth.put(path, entry.offset());
        entries.add(entry);
      }
      LayerTree tree = LayerTreeBuilder.build(entries);
      truth.forEach((path, offset) ->
          assertThat(tree.dataOffset(tree.find(path))).as(path).isEqualTo(offset));
      for (int i = 0; i < 300; i++) {
        String path =
            "d%d/%s%d"
                .formatted(
                    random.nextInt(6), "f".repeat(1 + random.nextInt(21)), random.nextInt(70));
        assertThat(tree.find(path) != LayerTree.ABSENT)
            .as("seed %d path %s", seed, path)
            .isEqualTo(truth.containsKey(path));
      }
    }
  }
}
