package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at any moment: what was acknowledged is there, and nothing else but what was tried. */
@NeedsRoot
final class CrashTest {
  @TempDir Path directory;

  /** Name of each snapshot, and "kind parent label". */
  private Map<String, String> model = new TreeMap<>();

  private int changes;

  @Test
  @Timeout(value = 3, unit = TimeUnit.MINUTES)
  void killedFifteenTimes() throws Exception {
    killAgainAndAgain(15);
  }

  @Test
  @Tag("slow")
  void killedThreeHundredTimes() throws Exception {
    killAgainAndAgain(300);
  }

  private void killAgainAndAgain(int times) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int kill = 0; kill < times; kill++) {
      String what = "seed %d, kill %d".formatted(seed, kill);
      Map<String, String> alsoPossible = runAndKill(random);
      Map<String, String> found = read(what);
      assertThat(found).as(what).isIn(model, alsoPossible);
      model = found;
    }
    assertThat(changes).isGreaterThan(times * 20);
  }

  /** Takes over what is acknowledged; gives what the state is if the last change was made too. */
  private Map<String, String> runAndKill(Random random) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                CrashProgram.class.getName(),
                directory.resolve("root").toString(),
                Long.toString(random.nextLong()),
                Integer.toString(changes + 1_000_000))
            .redirectErrorStream(true)
            .start();
    int lines = 1 + random.nextInt(300);
    String tried = "";
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        if (line.startsWith("try ")) {
          tried = line;
        } else if (line.equals("ack")) {
          model = after(model, tried);
          tried = "";
        } else if (line.equals("err")) {
          tried = "";
        }
        changes++;
        if (--lines == 0) {
          process.toHandle().destroyForcibly(); // the process's own method closes its output too
        }
      }
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(lines).as("it was killed, and did not end by itself").isLessThanOrEqualTo(0);
    return tried.isEmpty() ? model : after(model, tried);
  }

  /** A line that was cut by the kill is a change that was not begun. */
  private static Map<String, String> after(Map<String, String> before, String tried) {
    String[] words = tried.split(" ", -1);
    Map<String, String> after = new TreeMap<>(before);
    if (words.length != 4) {
      return after;
    }
    switch (words[1]) {
      case "prepare" -> after.put(words[2], "ACTIVE " + words[3] + " -");
      case "commit" -> {
        String active = after.remove(words[3]);
        if (active != null) {
          after.put(words[2], "COMMITTED " + active.split(" ", -1)[1] + " " + words[2]);
        }
      }
      case "label" ->
          after.computeIfPresent(
              words[2], (_, old) -> old.substring(0, old.lastIndexOf(' ') + 1) + words[3]);
      default -> after.remove(words[2]);
    }
    return after;
  }

  private Map<String, String> read(String what) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (OverlaySnapshotter snapshotter =
        OverlaySnapshotter.open(
            directory.resolve("root"), LayerSource.NONE, SnapshotObserver.NONE)) {
      snapshotter.cleanup();
      List<Snapshot> all = snapshotter.list(List.of());
      for (Snapshot each : all) {
        String label = each.labels().getOrDefault("n", "-");
        found.put(
            each.name(),
            each.kind()
                + " "
                + (each.hasParent() ? each.parent() : "-")
                + " "
                + (label.equals("-") ? "-" : label.substring(0, label.indexOf('-'))));
        assertThat(directory.resolve("root/snapshots/" + each.id() + "/fs")).as(what).isDirectory();
      }
      try (Stream<Path> directories = Files.list(directory.resolve("root/snapshots"))) {
        assertThat(directories).as(what).hasSize(all.size());
      }
    }
    return found;
  }
}
