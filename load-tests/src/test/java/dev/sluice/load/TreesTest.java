package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.Stage.EndToEnd;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample image and the comparison of trees, held against each other. */
@EndToEnd
final class TreesTest {
  private static Stage stage;
  private static SampleImage image;
  private static Path copy;
  private static Trees trees;

  @BeforeAll
  static void unpackAgain(Stage shared) {
    stage = shared;
    image = stage.image();
    trees = stage.trees();
    copy = SampleImage.unpack(image.layout(), image.tag(), stage.scratch().resolve("second"));
  }

  @Test
  void twoUnpackingsAreEqual() {
    assertThat(trees.differences(image.unpacked(), copy)).isEmpty();
    assertThat(trees.size(copy)).isGreaterThan(4000);
  }

  /** The image must really hold what the tests of mounts rely on. */
  @ParameterizedTest
  @CsvSource({
    "-type f -links +2, odd/first",
    "-type l -links +1, odd/symlink",
    "-type c, odd/null",
    "-type b, odd/disk",
    "-type p, odd/fifo",
    "-perm -4000, odd/setuid",
    "-perm -1000, odd/sticky",
    "-size 100M, odd/zeros",
    "-uid 4000000, odd/big-ids",
    "-newermt @4294967296, odd/far-future"
  })
  void holdsWhatIsRare(String condition, String path) {
    String found =
        Program.run(
            Duration.ofMinutes(1),
            "sh",
            "-c",
            "cd \"$1\" && find \"$3\" -maxdepth 0 $2",
            "sh",
            copy,
            condition,
            path);
    assertThat(found.strip()).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "lower/removed",
    "lower/removed-directory",
    "lower/opaque/hidden",
    "lower/opaque/below",
    "odd/one-byte",
    "odd/many/0007"
  })
  void upperLayersHaveRemoved(String path) {
    assertThat(copy.resolve(path)).doesNotExist();
  }

  /** What must be named, and what alters it. */
  private static final Map<String, String> ALTERATIONS =
      Map.ofEntries(
          Map.entry("/odd/one-more", "touch odd/one-more"),
          Map.entry("/odd/empty", "rm odd/empty"),
          Map.entry(
              "/odd/zeros", "printf x >y; dd if=y of=odd/zeros bs=1 seek=5000000 conv=notrunc"),
          Map.entry("/odd/block-513", "printf c >>odd/block-513"),
          Map.entry("/odd/setuid", "chmod u-s odd/setuid"),
          Map.entry("/odd/setgid", "chown 13 odd/setgid; chmod g+s odd/setgid"),
          Map.entry("/odd/nanoseconds", "touch -d @1600000000.123456788 odd/nanoseconds"),
          Map.entry("/odd/broken", "ln -sfn /nowhere odd/broken"),
          Map.entry("/odd/attributes", "setfattr -x trusted.note odd/attributes"),
          Map.entry("/odd/attributes.d", "setfattr -n user.directory -v no odd/attributes.d"),
          Map.entry("/odd/null", "rm odd/null; mknod -m 666 odd/null c 1 5"),
          Map.entry("/odd/sticky/third", "cp -p odd/first odd/x; mv odd/x odd/sticky/third"),
          Map.entry("/odd/fifo", "rm odd/fifo; touch odd/fifo"),
          Map.entry("/bin/capable", "setcap -r bin/capable"));

  /** Paths that change with those: links of the same file, and directories of what came or went. */
  private static final Set<String> ALTERED_TOO =
      Set.of("/", "/y", "/odd", "/odd/first", "/odd/second", "/odd/sticky", "/bin/capable-too");

  @Test
  void namesWhatWasAlteredAndNothingElse() {
    Path altered = stage.scratch().resolve("altered");
    Program.run(Duration.ofMinutes(1), "cp", "-a", copy, altered);
    String script = String.join("\n", ALTERATIONS.values());
    Program.run(Duration.ofMinutes(1), "sh", "-euc", "cd \"$1\"\n" + script, "sh", altered);

    Set<String> expected = new TreeSet<>(ALTERATIONS.keySet());
    expected.addAll(ALTERED_TOO);
    assertThat(
            trees.differences(copy, altered).stream().map(line -> line.lines().findFirst().get()))
        .containsExactlyInAnyOrderElementsOf(expected);
  }
}
