package dev.sluice.load.coldstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** {@code load-tests/coldstart}. */
public final class ColdStartMain {
  private static final int USAGE = 2;
  private static final int INTERRUPTED = 130;

  private ColdStartMain() {}

  public static void main(String[] arguments) {
    if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
      System.out.print(OptionsReader.USAGE);
      return;
    }
    Options options;
    try {
      options = OptionsReader.read(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("coldstart: " + e.getMessage());
      System.err.print(OptionsReader.USAGE);
      System.exit(USAGE);
      return;
    }
    if (!System.getProperty("user.name").equals("root")) {
      System.err.println("coldstart: it mounts and runs containers, and needs root");
      System.exit(USAGE);
    }
    System.exit(run(options));
  }

  private static int run(Options options) {
    try (Interruption _ = Interruption.ofThisThread()) {
      System.err.println("seed " + options.seed());
      Results results = ColdStart.run(options);
      tell(results);
      return results.problems().isEmpty() ? 0 : 1;
    } catch (IOException | RuntimeException e) {
      if (Interruption.requested()) {
        System.err.println("coldstart: interrupted; all is cleaned up");
        return INTERRUPTED;
      }
      System.err.println("coldstart: " + e.getMessage());
      return 1;
    }
  }

  private static void tell(Results results) throws IOException {
    System.out.print(Tables.of(results));
    Path json = results.options().json();
    if (json != null) {
      Files.writeString(json, ResultsJson.of(results) + "\n");
    }
    if (results.options().writeDocs()) {
      Documentation.write(results);
    }
    for (String problem : results.problems()) {
      System.err.println("PROBLEM " + problem);
    }
  }
}
