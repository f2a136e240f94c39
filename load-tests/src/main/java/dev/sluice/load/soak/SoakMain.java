package dev.sluice.load.soak;

import dev.sluice.load.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** {@code load-tests/soak MINUTES}. */
public final class SoakMain {
  private SoakMain() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(Path.of("/var/tmp"), "sluice-soak-");
    boolean flat;
    try {
      flat = new Soak(work, System.out::println).run(Double.parseDouble(args[0]));
    } finally {
      Program.run(Duration.ofMinutes(3), "rm", "-rf", "--one-file-system", work);
    }
    System.exit(flat ? 0 : 1);
  }
}
