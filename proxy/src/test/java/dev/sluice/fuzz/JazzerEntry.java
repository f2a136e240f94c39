package dev.sluice.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;

/** What Jazzer calls; {@code load-tests/fuzz} starts it. */
public final class JazzerEntry {
  private static FuzzRun run;

  private JazzerEntry() {}

  /** Takes the name of the target. */
  public static void fuzzerInitialize(String[] arguments) {
    run = new FuzzRun(FuzzTargets.named(arguments[0]));
  }

  public static void fuzzerTestOneInput(byte[] input) {
    run.accept(input);
  }

  /** Without arguments lists the targets; else writes a target's seeds into a directory. */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 0) {
      FuzzTargets.names().forEach(System.out::println);
      return;
    }
    Path directory = Files.createDirectories(Path.of(arguments[1]));
    int number = 0;
    for (byte[] seed : FuzzTargets.named(arguments[0]).seeds()) {
      Files.write(directory.resolve("seed-" + number++), seed);
    }
  }
}
