package dev.sluice.erofs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What erofs-utils say of images. Needs version 1.6 or later, which knows blocks of 512 bytes; the
 * property {@code sluice.fsck.erofs} names another program than the one on the path.
 */
@Timeout(120)
class ErofsFsckTest {
  private static final String FSCK = System.getProperty("sluice.fsck.erofs", "fsck.erofs");
  private static final int TAR_LENGTH = 1 << 20;

  @TempDir Path directory;

  @Test
  void findsNothingWrong() throws Exception {
    // Versions that have no such option say so, and are too old.
    String version = run(FSCK, "--version").lines().findFirst().orElse("");
    assumeTrue(
        version.matches("fsck\\.erofs \\(erofs-utils\\) (1\\.([6-9]|\\d\\d)|[2-9]).*"),
        "SKIPPED: fsck.erofs is missing or older than 1.6: " + version);
    Path tar = Files.write(directory.resolve("tar"), new byte[TAR_LENGTH]);
    for (long seed = 0; seed < 50; seed++) {
      Path image = directory.resolve("image-" + seed);
      try (FileChannel out =
          FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        LayerTree tree = LayerTreeBuilder.build(RandomEntries.of(seed, TAR_LENGTH));
        ErofsImage.of(tree, TAR_LENGTH, "seed/" + seed).writeTo(out);
      }
      assertThat(run(FSCK, "-d3", "--device=" + tar, image.toString()))
          .as("tree of seed %d", seed)
          .contains("No errors found")
          .doesNotContain("<E>");
    }
  }

  private static String run(String... command) throws Exception {
    Process child;
    try {
      child = new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (java.io.IOException e) {
      return "not found";
    }
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return output;
  }
}
