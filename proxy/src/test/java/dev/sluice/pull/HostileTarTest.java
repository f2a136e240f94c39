package dev.sluice.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Archives that want out of their directory, or make no sense. */
@NeedsRoot
@Timeout(60)
final class HostileTarTest {
  private final PullRig rig = PullRig.open();

  @AfterEach
  void nothingIsLeft() {
    try {
      rig.awaitNothingStaged();
    } finally {
      rig.close();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../evil",
        "/evil",
        "//./evil",
        "a/../../../evil",
        "./../evil",
        "a/b/../../evil"
      })
  void namesStayInside(String name) {
    Path tree = rig.unpack(new TarBuilder().file(name, "x").build());

    assertThat(tree.resolve("evil")).hasContent("x");
    assertThat(rig.directory().resolve("evil")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/out", "../../../out", "../out", "./out", "a/../../../out"})
  void linksOnTheWayStayInside(String target) {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .directory("a")
                .symlink("way", target)
                .file("way/file", "inside")
                .hardLink("linked", "way/file")
                .build());

    assertThat(tree.resolve("out/file")).hasContent("inside");
    assertThat(tree.resolve("linked")).hasContent("inside");
    assertThat(Files.isSymbolicLink(tree.resolve("way"))).isTrue();
  }

  @Test
  void linksThroughLinksStayInside() {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .directory("deep")
                .symlink("deep/up", "../../..")
                .symlink("chain", "deep/up/first")
                .file("chain/second/file", "x")
                .build());

    assertThat(tree.resolve("first/second/file")).hasContent("x");
  }

  @Test
  void linkIsReplacedNotFollowed() throws Exception {
    Path outside = Files.writeString(rig.directory().resolve("outside"), "untouched");
    Path tree =
        rig.unpack(
            new TarBuilder()
                .symlink("file", outside.toString())
                .file("file", "new")
                .symlink("directory", rig.directory().toString())
                .directory("directory")
                .file("directory/outside", "inner")
                .build());

    assertThat(outside).hasContent("untouched");
    assertThat(tree.resolve("file")).hasContent("new");
    assertThat(tree.resolve("directory/outside")).hasContent("inner");
  }

  @Test
  void linkLoopEnds() {
    refused(
        FailureKind.CORRUPT,
        new TarBuilder().symlink("a", "b").symlink("b", "a").file("a/file", "x"));
  }

  @Test
  void hardLinksAreToFilesOfTheLayer() {
    refused(FailureKind.CORRUPT, new TarBuilder().hardLink("passwd", "/etc/passwd"));
    refused(FailureKind.CORRUPT, new TarBuilder().hardLink("up", "../../../../etc/passwd"));
    refused(
        FailureKind.CORRUPT,
        new TarBuilder().symlink("etc", "/etc").hardLink("passwd", "etc/passwd"));
    refused(FailureKind.CORRUPT, new TarBuilder().directory("d").hardLink("link", "d"));
    refused(FailureKind.CORRUPT, new TarBuilder().hardLink("root", "/"));
    refused(
        FailureKind.CORRUPT, new TarBuilder().file(".wh.gone", "").hardLink("link", ".wh.gone"));
  }

  @Test
  void fileIsNoDirectory() {
    refused(FailureKind.CORRUPT, new TarBuilder().file("file", "x").file("file/below", "y"));
    refused(FailureKind.CORRUPT, new TarBuilder().fifo("fifo").file("fifo/below", "y"));
  }

  @Test
  void whiteoutsOfNothingAreRefused() {
    refused(FailureKind.CORRUPT, new TarBuilder().file("d/.wh.", ""));
    refused(FailureKind.CORRUPT, new TarBuilder().file("d/.wh..", ""));
    refused(FailureKind.CORRUPT, new TarBuilder().file("d/.wh...", ""));
  }

  @Test
  void noFileSystemHasSuchNamesAndDevices() {
    refused(FailureKind.UNSUPPORTED, new TarBuilder().file("x".repeat(256), ""));
    refused(FailureKind.UNSUPPORTED, new TarBuilder().file("d/".repeat(2500) + "x", ""));
    refused(FailureKind.CORRUPT, new TarBuilder().device('3', "device", 0x1000, 1));
  }

  @Test
  void whatIsLeftToOthersIsSaid() {
    refused(FailureKind.UNSUPPORTED, new TarBuilder().entry('S', "sparse", 0644, new byte[0]));
    refused(
        FailureKind.UNSUPPORTED,
        new TarBuilder()
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .file("sparse", "x"));
    refused(FailureKind.UNSUPPORTED, new TarBuilder().entry('V', "volume", 0644, new byte[0]));
  }

  @Test
  void emptyNamesAndTheRootAreNoFiles() {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .file("", "nothing")
                .file("/", "nothing")
                .file("..", "nothing")
                .symlink("./", "/etc")
                .file("file", "x")
                .build());

    assertThat(tree.toFile().list()).containsExactly("file");
  }

  @Test
  void administratorsAttributesDontCount() {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .pax("SCHILY.xattr.trusted.overlay.opaque", "y")
                .pax("SCHILY.xattr.user.kept", "v")
                .directory("d")
                .pax("SCHILY.xattr.trusted.overlay.redirect", "/etc")
                .file("f", "x")
                .pax("SCHILY.xattr.user.link", "refused by Linux")
                .symlink("l", "f")
                .build());

    assertThat(Listing.run("getfattr", "-d", "-m", "-", "-R", tree.toString()))
        .contains("user.kept=\"v\"")
        .doesNotContain("trusted");
  }

  @Test
  void timesThatNobodyHadAreNone() {
    Path tree =
        rig.unpack(
            new TarBuilder()
                .mtime(-5)
                .file("before", "")
                .mtime(20_000_000_000L)
                .file("after", "")
                .pax("mtime", "9223372036.5")
                .file("last", "")
                .build());

    assertThat(tree.resolve("before").toFile().lastModified()).isZero();
    assertThat(tree.resolve("after").toFile().lastModified()).isZero();
    assertThat(tree.resolve("last").toFile().lastModified()).isZero();
  }

  @Test
  void deepTreesAreMadeAndRemoved() {
    TarBuilder tar = new TarBuilder();
    tar.file("d/".repeat(1900) + "x", "");
    Path tree = rig.unpack(tar.build());
    Removal.tree(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void manyDirectoriesAreMoreThanDescriptors() {
    TarBuilder tar = new TarBuilder();
    for (int i = 0; i < 1500; i++) {
      tar.file("d" + i + "/e/f", "x");
    }
    Path tree = rig.unpack(tar.build());

    assertThat(tree.toFile().list()).hasSize(1500);
    assertThat(tree.resolve("d1499/e/f")).hasContent("x");
  }

  private void refused(FailureKind kind, TarBuilder tar) {
    Blobs blobs = new Blobs();
    PullLayer layer = blobs.gzip(tar.build());
    Path into = rig.target();
    try (ImagePull pull = rig.puller().start(blobs.image())) {
      assertThatThrownBy(() -> pull.claim(layer.blob().digest(), into, Directories.NONE))
          .isInstanceOfSatisfying(
              SluiceException.class,
              failure -> {
                assertThat(failure.kind()).isEqualTo(kind);
                assertThat(failure).hasMessageContaining(layer.blob().digest().toString());
              });
    }
    assertThat(into).isEmptyDirectory();
  }
}
