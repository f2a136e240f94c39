package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.linux.MountEntry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Paths of the host are found in the table of mounts, without asking any file system of ours. */
final class HostPathTest {
  private static MountEntry mount(String directory, String type, String options) {
    return mount(directory, type, "/", type, options);
  }

  private static MountEntry mount(
      String directory, String type, String root, String source, String options) {
    return new MountEntry(1, 0, "0:1", root, directory, "rw", type, source, options);
  }

  private static final String NAMES = "/var/lib/sluice/erofs/9-v1-" + "0a".repeat(32);

  private final List<MountEntry> mounts =
      List.of(
          mount("/", "ext4", "rw"),
          mount("/var/lib/sluice/layers", "fuse.sluice", "ro"),
          mount(
              "/run/c/rootfs",
              "overlay",
              "rw,lowerdir=/var/lib/sluice/layers/7:/var/lib/sluice/layers/5,"
                  + "upperdir=/var/lib/sluice/snapshots/12/fs,workdir=/w,index=off"),
          mount("/run/view", "overlay", "ro,lowerdir=/var/lib/sluice/layers/7:/v/snapshots/5/fs"),
          mount("/var/lib/sluice/names/9", "erofs", "/", NAMES, "ro"),
          mount("/run/one", "erofs", "/", NAMES, "ro"),
          mount("/run/part", "fuse.sluice", "/5/etc", "sluice", "ro"),
          mount("/run/theirs", "erofs", "/", "/dev/sda1", "ro"),
          mount("/run/other", "overlay", "ro,lowerdir=/usr:/opt"));

  @Test
  void inAContainerItIsTheContainersSnapshot() {
    assertThat(HostPath.of(Path.of("/run/c/rootfs/usr/bin/x"), mounts))
        .isEqualTo(new HostPath("12", "/usr/bin/x", false));
  }

  @Test
  void inAViewItIsTheTopmostLayer() {
    assertThat(HostPath.of(Path.of("/run/view/a"), mounts))
        .isEqualTo(new HostPath("7", "/a", false));
  }

  @Test
  void inALayerItIsTheLayer() {
    assertThat(HostPath.of(Path.of("/var/lib/sluice/layers/5/etc/x"), mounts))
        .isEqualTo(new HostPath("5", "/etc/x", false));
  }

  @Test
  void inALayerThatErofsShowsItIsTheLayerToo_whereverThatIsMounted() {
    for (String directory : List.of("/var/lib/sluice/names/9", "/run/one")) {
      assertThat(HostPath.of(Path.of(directory + "/usr/x"), mounts))
          .isEqualTo(new HostPath("9", "/usr/x", false));
    }
    assertThat(HostPath.of(Path.of("/run/part/x"), mounts))
        .isEqualTo(new HostPath("5", "/etc/x", false));
  }

  @Test
  void whatTheContainerWroteIsSaid(@TempDir Path directory) throws Exception {
    Path upper = Files.createDirectories(directory.resolve("snapshots/3/fs/etc"));
    Files.writeString(upper.resolve("x"), "");
    MountEntry overlay =
        mount(
            "/run/d", "overlay", "rw,lowerdir=/l/2,upperdir=" + upper.getParent() + ",workdir=/w");
    assertThat(HostPath.of(Path.of("/run/d/etc/x"), List.of(overlay)).written()).isTrue();
    assertThat(HostPath.of(Path.of("/run/d/etc/y"), List.of(overlay)).written()).isFalse();
  }

  @Test
  void elsewhereItIsNobodys() {
    for (String path :
        List.of("/etc/passwd", "/run/other/x", "/run/theirs/x", "/var/lib/sluice/layers")) {
      assertThatThrownBy(() -> HostPath.of(Path.of(path), mounts))
          .isInstanceOfSatisfying(
              SluiceException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
    }
  }
}
