package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.layer.DirectoryAttributes;
import dev.sluice.layer.DirectoryStack;
import dev.sluice.mount.NeedsRoot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Directories of unpacked layers, with whiteouts and opaque directories in overlayfs's form. */
@NeedsRoot
class UnpackedLayerTest {
  @TempDir Path top;

  private Path sh(String script) throws Exception {
    Process sh =
        new ProcessBuilder("sh", "-ec", script).directory(top.toFile()).inheritIO().start();
    assertThat(sh.waitFor()).isZero();
    return top;
  }

  private DirectoryStack stack(String... nearestFirst) {
    return new DirectoryStack(
        List.of(nearestFirst).stream()
            .map(name -> (DirectoryStack.Below) new UnpackedLayer(top.resolve(name)))
            .toList());
  }

  @Test
  void theNearestLayerThatHasTheDirectoryAnswers() throws Exception {
    sh(
        """
        mkdir -p low/tmp low/var/x mid/var top
        chmod 1777 low/tmp; chown 7:8 low/var/x; chmod 0700 mid/var; chmod 0755 low/var
        setfattr -n user.note -v hello low/var/x
        """);
    DirectoryAttributes tmp = stack("top", "mid", "low").directory("tmp");
    assertThat(tmp).isNotNull();
    assertThat(tmp.mode() & 07777).isEqualTo(01777);
    DirectoryAttributes var = stack("top", "mid", "low").directory("var");
    assertThat(var).isNotNull();
    assertThat(var.mode() & 07777).isEqualTo(0700);
    DirectoryAttributes x = stack("top", "mid", "low").directory("var/x");
    assertThat(x).isNotNull();
    assertThat(List.of(x.uid(), x.gid())).containsExactly(7, 8);
    assertThat(x.xattrs()).containsKey("user.note");
    assertThat(stack("top").directory("")).isNotNull();
    assertThat(stack("top", "mid").directory("absent")).isNull();
  }

  @Test
  void whiteoutsOtherTypesAndOpaqueDirectoriesHideWhatIsBelow() throws Exception {
    sh(
        """
        mkdir -p low/a low/b/c low/d/e top/b
        mknod top/a c 0 0
        setfattr -n trusted.overlay.opaque -v y top/b
        ln -s elsewhere top/d
        """);
    assertThat(stack("top", "low").directory("a")).isNull();
    assertThat(stack("top", "low").directory("b/c")).isNull();
    assertThat(stack("top", "low").directory("d")).isNull();
    assertThat(stack("top", "low").directory("d/e")).isNull();
    DirectoryAttributes b = stack("top", "low").directory("b");
    assertThat(b).isNotNull();
    assertThat(b.xattrs()).isEmpty();
    assertThat(Files.isSymbolicLink(top.resolve("top/d"))).isTrue();
  }
}
