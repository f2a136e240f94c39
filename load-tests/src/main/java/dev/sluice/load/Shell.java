package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** Other programs, run to their end. */
final class Shell {
  private Shell() {}

  /** What it prints; fails with that if it fails. */
  static String run(Object... command) throws IOException, InterruptedException {
    List<String> words = Arrays.stream(command).map(Object::toString).toList();
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(
          "%s: status %d%n%s".formatted(String.join(" ", words), process.exitValue(), said));
    }
    return said;
  }

  /** Runs a script with {@code $1}, {@code $2} … */
  static String script(String script, Object... arguments)
      throws IOException, InterruptedException {
    Object[] command = new Object[arguments.length + 4];
    command[0] = "sh";
    command[1] = "-euc";
    command[2] = script;
    command[3] = "sh";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return run(command);
  }
}
