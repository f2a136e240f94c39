package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A {@code sluice serve} in a process of its own, which can be stopped, killed and started again.
 */
public final class SluiceService implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration END = Duration.ofSeconds(60);

  private final Path directory;
  private final Path configuration;
  private volatile Process process;
  private volatile Path log;
  private volatile List<String> prefix = List.of();
  private volatile Map<String, String> environment = Map.of();
  private int starts;

  @SuppressWarnings("NullAway.Init")
  private SluiceService(Path directory, Path configuration) {
    this.directory = directory;
    this.configuration = configuration;
  }

  /**
   * Starts a service whose state lies in {@code directory}.
   *
   * @param certs directory with hosts.toml files
   * @param settings further lines of its configuration
   */
  public static SluiceService start(Path directory, Path certs, String settings) {
    try {
      Files.createDirectories(directory);
      Path configuration = directory.resolve("config.toml");
      Files.writeString(
          configuration,
          """
          version = 1
          root = "%s"
          address = "%s"
          [registry]
          config_path = ["%s"]
          %s
          """
              .formatted(
                  directory.resolve("root"), directory.resolve("run/s.sock"), certs, settings));
      SluiceService service = new SluiceService(directory, configuration);
      service.start();
      return service;
    } catch (IOException e) {
      throw new UncheckedIOException("configure a service in " + directory, e);
    }
  }

  /** Starts it again after it has ended. */
  public void start() {
    launch();
    Waiting.until(
        "the service serves",
        START,
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException("sluice serve ended at once:\n" + said());
          }
          return said().contains("serving at");
        });
  }

  /** Starts it again and does not wait until it serves. */
  public void launch() {
    log = directory.resolve("log-" + ++starts);
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command()).redirectErrorStream(true).redirectOutput(log.toFile());
      builder.environment().putAll(Sluice.ENVIRONMENT);
      builder.environment().putAll(environment);
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException("start a service in " + directory, e);
    }
  }

  /** In a session of its own: Ctrl-C must leave it alive until its containers have ended. */
  private List<String> command() {
    List<String> command = new ArrayList<>(List.of("setsid"));
    command.addAll(prefix);
    command.addAll(Sluice.interruptible("serve", "--config", configuration));
    return command;
  }

  /**
   * How it is started from the next time on.
   *
   * @param before words before its command
   * @param with what is in its environment besides
   */
  public void launchBy(List<String> before, Map<String, String> with) {
    prefix = List.copyOf(before);
    environment = Map.copyOf(with);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Returns when it has ended, however long it lives.
   *
   * @throws IllegalStateException on an interrupt
   */
  public void awaitEnd() {
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while the service lives", e);
    }
  }

  void startIfEnded() {
    if (!process.isAlive()) {
      start();
    }
  }

  public Path socket() {
    return directory.resolve("run/s.sock");
  }

  public Path root() {
    return directory.resolve("root");
  }

  /** All that it has printed since it was started last. */
  public String said() {
    try {
      return Program.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + log, e);
    }
  }

  /** Ends it by a signal: TERM, INT or KILL. */
  public void end(String signal) {
    Program.run(END, "kill", "-" + signal, process.pid());
    try {
      if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException("the service did not end within " + END + ":\n" + said());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for the service", e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Its layers that are shown or unpacked, as {@code sluice layers} says. */
  public List<String> layers() {
    return Sluice.run("layers", "--address", socket()).lines().skip(1).toList();
  }

  /** Ends it and all that it has mounted, also if it was killed. */
  @Override
  public void close() {
    startIfEnded();
    end("INT");
  }
}
