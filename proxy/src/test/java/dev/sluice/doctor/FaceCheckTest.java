package dev.sluice.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.face.FaceChoice;
import dev.sluice.fuse.linux.Mounts;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NeedsRoot
class FaceCheckTest {
  @TempDir Path directory;

  @Test
  void aKernelThatCanIsFoundWellAndLeftAsItWas() throws Exception {
    assertThat(new FaceCheck(directory.resolve("not/yet"), FaceChoice.EROFS).run())
        .singleElement()
        .satisfies(finding -> assertThat(finding.verdict()).isEqualTo(Verdict.OK));
    assertThat(directory).isEmptyDirectory();
    assertThat(Mounts.below(directory)).isEmpty();
  }

  @Test
  void aRootOnATmpfsIsFound_andIsWorthAWarningOnlyToWhoInsists() throws Exception {
    Mounts.mount("test", directory, "tmpfs", 0, "size=1m");
    try {
      assertThat(new FaceCheck(directory, FaceChoice.EROFS).run())
          .singleElement()
          .satisfies(finding -> assertThat(finding.verdict()).isEqualTo(Verdict.WARN));
      assertThat(new FaceCheck(directory, FaceChoice.AUTO).run())
          .singleElement()
          .satisfies(finding -> {
            assertThat(finding.verdict()).isEqualTo(Verdict.OK);
            assertThat(finding.detail()).contains("shown by FUSE");
          });
    } finally {
      Mounts.unmount(directory, java.util.EnumSet.noneOf(Mounts.Unmount.class));
    }
  }
}
