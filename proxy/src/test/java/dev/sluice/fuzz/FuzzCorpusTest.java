package dev.sluice.fuzz;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What fuzzing has found stays mended: each target gets its seeds, the inputs of earlier findings,
 * and some thousand mutations of them. {@code load-tests/fuzz} searches for more.
 */
@Timeout(120)
final class FuzzCorpusTest {
  private static final Path FINDINGS = Path.of("src/test/resources/fuzz");
  private static final int MUTATIONS = Integer.getInteger("sluice.fuzz.mutations", 600);
  private static final long SEED = Long.getLong("sluice.fuzz.seed", 20_261_124);

  static Stream<String> targets() {
    return StreamSupport.stream(FuzzTargets.names().spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("targets")
  void findsNothing(String name) throws Exception {
    FuzzTarget target = FuzzTargets.named(name);
    assumeTrue(!target.needsRoot() || isRoot(), "it mounts, and this is not root");
    FuzzRun run = new FuzzRun(target);
    List<byte[]> inputs = new ArrayList<>(target.seeds());
    assertThat(inputs.stream().filter(seed -> run.accept(seed).isEmpty()))
        .as("seeds of %s that it takes", name)
        .isNotEmpty();
    for (byte[] finding : findings(name)) {
      judge(run, finding, "an earlier finding");
      inputs.add(finding);
    }
    Mutations mutations = new Mutations(new Random(SEED), inputs);
    for (int round = 0; round < MUTATIONS; round++) {
      judge(run, mutations.next(), "seed %d, round %d".formatted(SEED, round));
    }
  }

  @Test
  void everyDirectoryOfFindingsIsATargets() throws IOException {
    try (Stream<Path> directories = Files.list(FINDINGS)) {
      assertThat(directories.map(each -> each.getFileName().toString()))
          .isSubsetOf(targets().toList());
    }
  }

  private static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  private static void judge(FuzzRun run, byte[] input, String what) {
    try {
      var _ = run.accept(input);
    } catch (AssertionError e) {
      throw new AssertionError(
          "%s: %s; the input is %s"
              .formatted(what, e.getMessage(), HexFormat.of().formatHex(input)),
          e);
    }
  }

  private static List<byte[]> findings(String name) throws IOException {
    Path directory = FINDINGS.resolve(name);
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().map(FuzzCorpusTest::bytes).toList();
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
