package dev.sluice.load.coldstart;

import dev.sluice.control.LayerStatus;
import dev.sluice.load.Program;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * AWS's soci-snapshotter: a program that the user brings and that takes the same indexes. Its own
 * defaults, but for what is needed: indexes beside the image are looked for, prefetch artifacts are
 * used or not, and the filling of layers in the background stays away, as ours does.
 */
final class AwsSnapshotter implements Snapshotter {
  private static final Duration START = Duration.ofMinutes(1);
  private static final Duration END = Duration.ofSeconds(60);

  private final Process process;
  private final Path socket;
  private final Path log;

  private AwsSnapshotter(Process process, Path socket, Path log) {
    this.process = process;
    this.socket = socket;
    this.log = log;
  }

  /** Says how to start {@code program}. */
  static NodeKind.Launch of(Path program, boolean prefetch) {
    return (directory, _, containerd) -> start(directory, containerd, program, prefetch);
  }

  private static AwsSnapshotter start(
      Path directory, Path containerd, Path program, boolean prefetch) throws IOException {
    Path configuration = Files.createDirectories(directory).resolve("config.toml");
    Files.writeString(
        configuration,
        """
        [pull_modes.soci_v1]
        enable = true
        [content_store]
        containerd_address = "%s"
        [prefetch]
        enable = %s
        [background_fetch]
        disable = true
        """
            .formatted(containerd, prefetch));
    Path socket = directory.resolve("soci.sock");
    Path log = directory.resolve("log");
    // In a session of its own: Ctrl-C must leave it alive until its containers have ended.
    Process process =
        new ProcessBuilder(
                "setsid",
                "env",
                "--default-signal=INT",
                program.toString(),
                "--address",
                socket.toString(),
                "--root",
                directory.resolve("root").toString(),
                "--config",
                configuration.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    AwsSnapshotter snapshotter = new AwsSnapshotter(process, socket, log);
    try {
      Waiting.until(
          program + " serves",
          START,
          () -> {
            if (!process.isAlive()) {
              throw new IllegalStateException(program + " ended at once:\n" + snapshotter.said());
            }
            return Files.exists(socket) && snapshotter.said().contains("successfully started");
          });
      return snapshotter;
    } catch (RuntimeException e) {
      snapshotter.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return "soci";
  }

  @Override
  public Path socket() {
    return socket;
  }

  @Override
  public long pid() {
    return process.pid();
  }

  @Override
  public String said() {
    try {
      return Program.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + log, e);
    }
  }

  @Override
  public List<LayerStatus> layers() {
    return List.of();
  }

  /** By the signal at which it unmounts its layers. */
  @Override
  public void close() {
    Program.result(END, java.util.Map.of(), "kill", "-INT", process.pid());
    try {
      if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IllegalStateException("interrupted while soci-snapshotter ended", e);
    }
  }
}
