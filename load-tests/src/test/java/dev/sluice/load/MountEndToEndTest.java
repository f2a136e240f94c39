package dev.sluice.load;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.load.Stage.EndToEnd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Index, push, mount lazily, and compare every path, with parts that are not ours: docker-registry
 * (which has no Referrers API), umoci's image, umoci's unpacking, skopeo's push.
 */
@EndToEnd
final class MountEndToEndTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private static Stage stage;
  private static String everyLayerIndexed;
  private static int mounts;

  @BeforeAll
  static void pushAndIndex(Stage shared) {
    stage = shared;
    everyLayerIndexed = stage.push("every-layer:v1");
    Sluice.run("create", "--plain-http", "--min-layer-size", "0", everyLayerIndexed);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kernel", "jnr"})
  void lazyTreeIsTheUnpackedTree(String bridge) {
    try (SluiceMount mount = mount(everyLayerIndexed, state(), "--bridge", bridge)) {
      assertThat(differences(mount)).isEmpty();
      assertThat(mount.said()).doesNotContain("pulled whole");
      end(mount);
    }
  }

  @Test
  void layersBelowTheMinimumSizeArePulledWhole() {
    String reference = stage.push("some-layers:v1");
    Sluice.run("create", "--plain-http", reference);
    try (SluiceMount mount = mount(reference, state())) {
      assertThat(mount.said()).contains("lazy").contains("pulled whole");
      assertThat(differences(mount)).isEmpty();
      end(mount);
    }
  }

  @Test
  void imageWithoutIndexIsPulledWhole() {
    try (SluiceMount mount = mount(stage.push("no-index:v1"), state())) {
      assertThat(differences(mount)).isEmpty();
      assertThat(mount.said()).doesNotContain("lazy,");
      end(mount);
    }
  }

  @Test
  void convertedImageIsMountedByItsOwnIndex() {
    String converted = stage.registry().host() + "/converted:v2";
    Sluice.run("convert", "--plain-http", "--min-layer-size", "0", everyLayerIndexed, converted);
    try (SluiceMount mount = mount(converted, state())) {
      assertThat(differences(mount)).isEmpty();
      assertThat(mount.said()).doesNotContain("pulled whole");
      end(mount);
    }
  }

  @Test
  void secondMountReadsNoLayerFromTheRegistry() {
    Path state = state();
    try (SluiceMount first = mount(everyLayerIndexed, state)) {
      assertThat(differences(first)).isEmpty();
      end(first);
    }
    int before = stage.registry().reads().size();
    try (SluiceMount second = mount(everyLayerIndexed, state)) {
      assertThat(differences(second)).isEmpty();
      end(second);
    }
    assertThat(readsSince(before)).isNotEmpty();
    assertThat(layerReadsSince(before)).isEmpty();
  }

  @Test
  void mountAfterAKillCleansUpAndReadsRight() {
    Path state = state();
    try (SluiceMount killed = mount(everyLayerIndexed, state)) {
      Program.run(MINUTE, "ls", "-lR", killed.directory().resolve("odd"));
      killed.kill();
      assertThat(killed.isMounted()).isTrue();
      try (SluiceMount next = mount(everyLayerIndexed, state)) {
        assertThat(killed.isMounted()).isFalse();
        assertThat(differences(next)).isEmpty();
        end(next);
      }
    }
  }

  @Test
  void oneFileFetchesOnlyItsSpans() {
    int before = stage.registry().reads().size();
    try (SluiceMount mount = mount(everyLayerIndexed, state())) {
      Program.run(MINUTE, "cat", mount.directory().resolve("bin/capable"));
      // Half of the layer is an upper bound that no prefetch of ours may reach either.
      long whole = stage.image().layers().stream().mapToLong(stage.image()::sizeOf).sum();
      List<DockerRegistry.Read> reads = layerReadsSince(before);
      assertThat(reads).isNotEmpty().allMatch(read -> read.status() == 206);
      assertThat(reads.stream().mapToLong(DockerRegistry.Read::bytes).sum()).isLessThan(whole / 2);
      assertThat(mount.report()).contains("fetched");
      end(mount);
    }
  }

  /** Ends as a user does, and nothing may be left of it. */
  private static void end(SluiceMount mount) {
    assertThat(mount.interrupt()).as(mount.said()).isZero();
    assertThat(mount.isMounted()).as(mount.said()).isFalse();
    assertThat(readMountTable()).doesNotContain(stage.scratch().directory().toString());
  }

  private static List<DockerRegistry.Read> readsSince(int count) {
    List<DockerRegistry.Read> reads = stage.registry().reads();
    return reads.subList(count, reads.size());
  }

  private static List<DockerRegistry.Read> layerReadsSince(int count) {
    return readsSince(count).stream()
        .filter(read -> stage.image().layers().stream().anyMatch(read.path()::endsWith))
        .toList();
  }

  private static List<String> differences(SluiceMount mount) {
    return stage.trees().differences(stage.image().unpacked(), mount.directory());
  }

  private static Path state() {
    return stage.scratch().mkdir("state-" + ++mounts);
  }

  private static SluiceMount mount(String reference, Path state, Object... arguments) {
    return SluiceMount.start(
        reference, stage.scratch().mkdir("mount-" + ++mounts), state, arguments);
  }

  private static String readMountTable() {
    try {
      return Files.readString(Path.of("/proc/self/mountinfo"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
