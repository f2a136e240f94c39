package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.soci.ztoc.Attribute;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a layer says about those below it, and takes from them. */
@NeedsRoot
@Timeout(60)
final class WhiteoutTest {
  private static final byte[] HIDING =
      new TarBuilder()
          .owner(7, 8)
          .file(".wh.gone", "")
          .file("kept/.wh.below", "")
          .directory("opaque")
          .file("opaque/.wh..wh..opq", "")
          .file("opaque/new", "x")
          .file(".wh.back", "")
          .file("back", "again")
          .file("twice", "x")
          .file(".wh.twice", "")
          .build();

  private final PullRig rig = PullRig.open();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void whiteoutsAreAsOverlayfsReadsThem() {
    Path tree = rig.unpack(HIDING);

    String found = Listing.run("find", tree.toString(), "-type", "c", "-printf", "%P %U:%G ");
    assertThat(found.split(" ")).contains("gone", "kept/below", "twice").hasSize(6);
    assertThat(Listing.run("stat", "-c", "%t:%T %u:%g", tree + "/gone")).isEqualTo("0:0 7:8\n");
    assertThat(tree.resolve("back")).hasContent("again");
    assertThat(opaque(tree)).contains("trusted.overlay.opaque=\"y\"");
  }

  @Test
  void lowestLayerHasNothingToHide() {
    Blobs blobs = new Blobs();
    Path tree = rig.pull(blobs, blobs.gzip(HIDING), Directories.NONE);

    assertThat(tree.toFile().list()).containsExactlyInAnyOrder("kept", "opaque", "back");
    assertThat(tree.resolve("kept")).isEmptyDirectory();
    assertThat(opaque(tree)).doesNotContain("opaque=");
  }

  private static String opaque(Path tree) {
    return Listing.run("sh", "-c", "getfattr -d -m - \"$1\"/opaque 2>&1", "sh", tree.toString());
  }

  @Test
  void laterEntriesReplaceEarlierOnes() {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .file("file-file", "old, and longer")
                .file("file-file", "new")
                .file("file-directory", "old")
                .directory("file-directory")
                .file("file-directory/in", "x")
                .directory("directory-file")
                .directory("directory-file/sub")
                .file("directory-file/sub/in", "gone")
                .file("directory-file", "new")
                .mode(0700)
                .directory("directory-directory")
                .file("directory-directory/kept", "x")
                .mode(0750)
                .directory("directory-directory")
                .symlink("link-file", "nowhere")
                .file("link-file", "new")
                .file("linked", "shared")
                .hardLink("link", "linked")
                .file("linked", "alone")
                .hardLink("link", "link")
                .mode(0700)
                .directory("again")
                .file("again", "file")
                .file("again-implied/x", "x")
                .build());

    assertThat(tree.resolve("file-file")).hasContent("new");
    assertThat(tree.resolve("file-directory/in")).hasContent("x");
    assertThat(tree.resolve("directory-file")).hasContent("new");
    assertThat(tree.resolve("directory-directory/kept")).hasContent("x");
    assertThat(Listing.run("stat", "-c", "%a", tree + "/directory-directory")).isEqualTo("750\n");
    assertThat(tree.resolve("link-file")).hasContent("new").isRegularFile();
    assertThat(tree.resolve("linked")).hasContent("alone");
    assertThat(tree.resolve("link")).hasContent("shared");
    assertThat(tree.resolve("again")).hasContent("file");
  }

  @Test
  void impliedDirectoriesAreAsBelow() {
    Blobs blobs = new Blobs();
    PullLayer layer =
        blobs.gzip(
            new TarBuilder()
                .file("tmp/file", "x")
                .file("unknown/file", "x")
                .directory("own")
                .file("own/file", "x")
                .build());
    DirectoryAttributes below =
        new DirectoryAttributes(
            11,
            12,
            01777,
            1_400_000_000,
            5,
            List.of(
                new Attribute(
                    "user.below".getBytes(StandardCharsets.UTF_8),
                    "v".getBytes(StandardCharsets.UTF_8))));

    Path tree =
        rig.pull(
            blobs,
            layer,
            path -> new String(path, StandardCharsets.UTF_8).equals("unknown") ? null : below);

    String expected = "11:12 1777 1400000000\n";
    assertThat(Listing.run("stat", "-c", "%u:%g %a %Y", tree + "/tmp")).isEqualTo(expected);
    assertThat(Listing.run("stat", "-c", "%u:%g %a %Y", tree.toString())).isEqualTo(expected);
    assertThat(Listing.run("getfattr", "-d", tree + "/tmp")).contains("user.below=\"v\"");
    assertThat(Listing.run("stat", "-c", "%u:%g %a", tree + "/unknown")).isEqualTo("0:0 755\n");
    assertThat(Listing.run("stat", "-c", "%u:%g %a", tree + "/own")).isEqualTo("0:0 755\n");
  }

  @Test
  void unpackedLayersBelowAreRead() {
    Path lowest =
        rig.unpack(
            new TarBuilder()
                .mode(01777)
                .owner(5, 6)
                .directory("tmp")
                .mode(0711)
                .directory("usr/real")
                .symlink("linked", "/usr/real")
                .mode(0700)
                .directory("replaced")
                .mode(0700)
                .directory("hidden")
                .build());
    Path middle =
        rig.unpack(new TarBuilder().file("replaced", "now a file").file(".wh.hidden", "").build());
    Directories below = Directories.unpacked(List.of(middle, lowest));
    Blobs blobs = new Blobs();
    PullLayer layer =
        blobs.gzip(
            new TarBuilder()
                .file("tmp/x", "")
                .file("linked/x", "")
                .file("replaced/x", "")
                .file("hidden/x", "")
                .build());

    Path tree = rig.pull(blobs, layer, below);

    assertThat(Listing.run("stat", "-c", "%u:%g %a", tree + "/tmp")).isEqualTo("5:6 1777\n");
    assertThat(Listing.run("stat", "-c", "%a", tree + "/linked")).isEqualTo("711\n");
    assertThat(Listing.run("stat", "-c", "%a", tree + "/replaced")).isEqualTo("755\n");
    assertThat(Listing.run("stat", "-c", "%a", tree + "/hidden")).isEqualTo("755\n");
  }
}
