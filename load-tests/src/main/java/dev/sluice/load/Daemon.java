package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A service that a benchmark starts for itself, with its log in a file. */
final class Daemon implements AutoCloseable {
  private static final int MOST_TRIES = 600;

  private final Process process;
  private final Path log;

  private Daemon(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static Daemon start(Path log, Map<String, String> environment, Object... command)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(java.util.Arrays.stream(command).map(Object::toString).toList())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new Daemon(builder.start(), log);
  }

  /** Waits until its log has something; the first group of the pattern. */
  String awaitLog(Pattern wanted) throws IOException, InterruptedException {
    for (int tries = 0; tries < MOST_TRIES && process.isAlive(); tries++) {
      Matcher matcher = wanted.matcher(Files.readString(log, StandardCharsets.ISO_8859_1));
      if (matcher.find()) {
        return matcher.group(1);
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    process.destroy();
    throw new IOException("it does not start:\n" + Files.readString(log));
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** CPU time of the process and of its children that have ended. */
  double cpuSeconds() throws IOException {
    return ProcessUsage.cpuSeconds(process.pid());
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
