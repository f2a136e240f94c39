package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.fuse.linux.Mounts;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsRoot
class MountCheckTest {
  @TempDir Path directory;

  @Test
  void aMachineThatCanMountIsFoundWellAndLeftAsItWas() throws Exception {
    Path root = directory.resolve("not/made/yet");
    List<Finding> findings = new MountCheck(Machine.here(), root).run();
    assertThat(findings).extracting(Finding::verdict).containsOnly(Verdict.OK).hasSize(2);
    assertThat(directory).isEmptyDirectory();
    assertThat(Mounts.below(directory)).isEmpty();
  }

  @Test
  void aFileSystemThatCannotCarryAnOverlayIsFound() throws Exception {
    // An overlay can't be the upper side of another.
    Path lower = Files.createDirectory(directory.resolve("lower"));
    Path merged = Files.createDirectory(directory.resolve("merged"));
    Mounts.mount(
        "test",
        merged,
        "overlay",
        0,
        "lowerdir=%s,upperdir=%s,workdir=%s"
            .formatted(
                lower,
                Files.createDirectory(directory.resolve("upper")),
                Files.createDirectory(directory.resolve("work"))));
    try {
      List<Finding> findings = new MountCheck(Machine.here(), merged.resolve("root")).run();
      assertThat(findings.getLast().verdict()).isEqualTo(Verdict.FAIL);
      assertThat(findings.getLast().advice()).contains("ext4");
      assertThat(merged).isEmptyDirectory();
    } finally {
      Mounts.unmount(merged, java.util.EnumSet.noneOf(Mounts.Unmount.class));
    }
  }

  @Test
  void aMissingDeviceIsFound() throws Exception {
    Machine machine = new Machine(Path.of("/proc"), directory.resolve("fuse"));
    assertThat(new MountCheck(machine, directory).run())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.verdict()).isEqualTo(Verdict.FAIL);
          assertThat(finding.detail()).isEqualTo("there is no " + directory.resolve("fuse"));
        });
  }
}
