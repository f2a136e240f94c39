package dev.sluice.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The distribution's containerd with a root, a state and a socket of its own. */
final class RealContainerd implements AutoCloseable {
  private final Process process;
  private final Path directory;

  /**
   * @param sluice socket of a snapshotter that it is to know as "sluice"
   */
  RealContainerd(Path directory, Path sluice) throws IOException {
    this.directory = directory;
    Path config =
        Files.writeString(
            directory.resolve("config.toml"),
            """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.gc.v1.scheduler",
              "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
              "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper",
              "io.containerd.internal.v1.opt"]
            [grpc]
              address = "%1$s/c.sock"
            [ttrpc]
              address = "%1$s/t.sock"
            [debug]
              address = "%1$s/d.sock"
            [proxy_plugins.sluice]
              type = "snapshot"
              address = "%2$s"
            """
                .formatted(directory, sluice));
    process =
        new ProcessBuilder("containerd", "-c", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(log().toFile())
            .start();
    await("containerd answers")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> !process.isAlive() || tryCtr("version"));
    assertThat(process.isAlive())
        .as("containerd runs; its log: " + Files.readString(log()))
        .isTrue();
  }

  Path socket() {
    return directory.resolve("c.sock");
  }

  private Path log() {
    return directory.resolve("containerd.log");
  }

  /** What {@code ctr} prints; fails if it fails. */
  String ctr(String... args) {
    try {
      Process ctr = start(args);
      String output = new String(ctr.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(ctr.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(ctr.exitValue()).as("ctr " + String.join(" ", args) + ": " + output).isZero();
      return output;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  boolean tryCtr(String... args) throws IOException, InterruptedException {
    Process ctr = start(args);
    ctr.getInputStream().readAllBytes();
    return ctr.waitFor() == 0;
  }

  private Process start(String... args) throws IOException {
    List<String> command =
        new ArrayList<>(List.of("ctr", "-a", socket().toString(), "-n", "conformance"));
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().orTimeout(30, TimeUnit.SECONDS).join();
  }
}
