package dev.sluice.fuse.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.fuse.Errno;
import dev.sluice.fuse.NeedsRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mounting by system call, and the mount table. */
@NeedsRoot
final class MountsTest {
  private Path base;

  @BeforeEach
  void makeBase() throws IOException {
    base = Files.createTempDirectory("sluice-mounts").toRealPath();
  }

  @AfterEach
  void leaveNothing() throws IOException {
    for (MountEntry entry : Mounts.below(base)) {
      Mounts.unmount(Path.of(entry.directory()), EnumSet.of(Mounts.Unmount.LAZY));
    }
    try (var files = Files.walk(base)) {
      for (Path path : files.toList().reversed()) {
        Files.delete(path);
      }
    }
  }

  @Test
  void mountsWithStrangeNamesAreFound() throws IOException {
    Path strange = Files.createDirectory(base.resolve("a b\\c\td\ne#é"));
    Mounts.mount("src with space", strange, "tmpfs", Mounts.MS_NOSUID, "size=1m,mode=700");
    assertThat(Mounts.below(base)).hasSize(1);
    MountEntry entry = Mounts.below(base).getFirst();
    assertThat(entry.directory()).isEqualTo(strange.toString());
    assertThat(entry.source()).isEqualTo("src with space");
    assertThat(entry.type()).isEqualTo("tmpfs");
    assertThat(entry.options()).contains("nosuid");
    assertThat(entry.superOptions()).contains("size=1024k");
    assertThat(entry.device()).matches("0:\\d+");
    assertThat(Mounts.of("tmpfs", "src with space")).containsExactly(entry);
  }

  @Test
  void theLastMountedComesFirst() throws IOException {
    Mounts.mount("one", base, "tmpfs", 0, "size=1m");
    Path inner = Files.createDirectory(base.resolve("inner"));
    Mounts.mount("two", inner, "tmpfs", 0, "size=1m");
    Mounts.mount("three", inner, "tmpfs", 0, "size=1m");
    assertThat(Mounts.below(base).stream().map(MountEntry::source))
        .containsExactly("three", "two", "one");
    assertThat(Mounts.top(inner).map(MountEntry::source)).hasValue("three");
    assertThat(Mounts.below(base.resolve("inn"))).isEmpty();
  }

  @Test
  void failuresSayWhatToDo() throws IOException {
    Path absent = base.resolve("absent");
    assertThatThrownBy(() -> Mounts.mount("x", absent, "tmpfs", 0, ""))
        .isInstanceOf(LinuxException.class)
        .hasMessageContainingAll("mount tmpfs at " + absent, "No such file", "does not exist");
    assertThatThrownBy(() -> Mounts.mount("x", base, "nosuchfs", 0, ""))
        .hasMessageContainingAll("No such device", "this kernel has no file system nosuchfs");
    assertThatThrownBy(() -> Mounts.mount("x", base, "tmpfs", 0, "nonsense=1"))
        .hasMessageContainingAll("Invalid argument", "an option is wrong");
    assertThatThrownBy(() -> Mounts.unmount(base, EnumSet.noneOf(Mounts.Unmount.class)))
        .hasMessageContainingAll("unmount " + base, "nothing is mounted there");
  }

  @Test
  void optionsThatDoNotFitAPageAreRefused() {
    String options = "lowerdir=" + "/a/b/c:".repeat(600);
    assertThatThrownBy(() -> Mounts.mount("overlay", base, "overlay", 0, options))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("its options take 4209 bytes and the kernel takes 4095")
        .extracting(e -> ((LinuxException) e).errno())
        .isEqualTo(Errno.EINVAL);
  }

  @Test
  void aBusyMountIsNamed() throws IOException {
    Mounts.mount("x", base, "tmpfs", 0, "size=1m");
    Path file = base.resolve("open");
    try (var held = Files.newOutputStream(file)) {
      assertThatThrownBy(() -> Mounts.unmount(base, EnumSet.noneOf(Mounts.Unmount.class)))
          .hasMessageContaining("in use");
      Mounts.unmount(base, EnumSet.of(Mounts.Unmount.LAZY));
      held.write(1);
    }
    assertThat(Mounts.below(base)).isEmpty();
  }

  @Test
  void linesOfOtherFormsAreRefused() {
    for (String line : List.of("", "1 2 3", "36 35 98:0 / /m rw,x master:1 ext3 /dev/root rw")) {
      assertThatThrownBy(() -> MountEntry.parse(line)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(
            MountEntry.parse("36 35 98:0 /r /m rw master:1 propagate_from:2 - ext3 /d rw").root())
        .isEqualTo("/r");
  }
}
