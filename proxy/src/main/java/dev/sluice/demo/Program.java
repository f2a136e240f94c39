package dev.sluice.demo;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The program that the demonstration starts: {@code java -version} of the JDK in the image. */
final class Program {
  private static final int SECONDS = 300;

  private Program() {}

  /**
   * Runs {@code java -version} in an unpacked or mounted image and returns what it said. The reads
   * of the image are made by the child process, never by this one.
   */
  static String run(Path imageRoot) throws IOException, InterruptedException {
    Process java =
        new ProcessBuilder(imageRoot.resolve(JdkLayer.JAVA).toString(), "-version")
            .redirectErrorStream(true)
            .start();
    java.getOutputStream().close();
    String said = new String(java.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!java.waitFor(SECONDS, TimeUnit.SECONDS) || java.exitValue() != 0) {
      java.destroyForcibly();
      throw new SluiceException(
          FailureKind.INTERNAL,
          "run java -version from " + imageRoot + ": it failed and said: " + said);
    }
    return said;
  }
}
