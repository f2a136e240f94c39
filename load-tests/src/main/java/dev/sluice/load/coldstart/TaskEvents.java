package dev.sluice.load.coldstart;

import dev.sluice.load.Containerd;
import dev.sluice.load.Program;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Containerd's events: they say when a container's process was started. */
final class TaskEvents implements AutoCloseable {
  private final Process process;
  private final Path log;

  private TaskEvents(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  static TaskEvents listen(Containerd containerd, Path log) throws IOException {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(containerd.clientCommand());
    command.add("events");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new TaskEvents(process, log);
  }

  /** Whether the start of a container has been told of. */
  boolean knows(String container) throws IOException {
    return find(container).find();
  }

  /** Seconds from {@code begun} until the process of a container was started. */
  double started(String container, Instant begun) throws IOException {
    Matcher matcher = find(container);
    if (!matcher.find()) {
      throw new IOException("containerd told of no start of " + container);
    }
    Instant when = Instant.parse(matcher.group(1) + "T" + matcher.group(2) + "Z");
    return Duration.between(begun, when).toNanos() / 1e9;
  }

  private Matcher find(String container) throws IOException {
    return Pattern.compile(
            "(?m)^(\\S+) (\\S+) \\+0000 UTC \\S+ /tasks/start .*\"container_id\":\""
                + Pattern.quote(container)
                + "\"")
        .matcher(Program.text(log));
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while ctr events ended", e);
    }
  }
}
