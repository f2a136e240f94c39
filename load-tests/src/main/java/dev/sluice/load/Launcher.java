package dev.sluice.load;

import java.io.IOException;
import java.nio.file.Path;

/** The {@code sluice} command of this tree. */
final class Launcher {
  private Launcher() {}

  /** This class lies in HOME/load-tests/target. */
  static Path path() {
    String jar = System.getProperty("java.class.path").split(":", -1)[0];
    return Path.of(jar).toAbsolutePath().resolve("../../../sluice").normalize();
  }

  static String run(Path launcher, Object... arguments) throws IOException, InterruptedException {
    Object[] words = new Object[arguments.length + 4];
    words[0] = "env";
    words[1] = "SLUICE_BUILD=no";
    words[2] = "JAVA_HOME=" + System.getProperty("java.home");
    words[3] = launcher;
    System.arraycopy(arguments, 0, words, 4, arguments.length);
    return Shell.run(words);
  }
}
