package dev.sluice.containerd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A containerd of its own, with CRI, from the distribution's package. Needs root. */
public final class ContainerdProcess implements AutoCloseable {
  private final Path directory;
  private Process process;

  private ContainerdProcess(Path directory, Process process) {
    this.directory = directory;
    this.process = process;
  }

  /**
   * @param registry {@code host:port} that it reaches by plain HTTP
   */
  public static ContainerdProcess start(Path directory, String registry) throws IOException {
    Path hosts = Files.createDirectories(directory.resolve("certs.d").resolve(registry));
    Files.writeString(hosts.resolve("hosts.toml"), "server = \"http://" + registry + "\"\n");
    Files.writeString(
        directory.resolve("config.toml"),
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
          "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
        [grpc]
          address = "%1$s/c.sock"
        [debug]
          address = "%1$s/debug.sock"
        [plugins."io.containerd.grpc.v1.cri"]
          restrict_oom_score_adj = true
          stream_server_port = "0"
          [plugins."io.containerd.grpc.v1.cri".registry]
            config_path = "%1$s/certs.d"
          [plugins."io.containerd.grpc.v1.cri".cni]
            conf_dir = "%1$s/cni"
            bin_dir = "%1$s/cni"
        """
            .formatted(directory));
    ContainerdProcess containerd = new ContainerdProcess(directory, run(directory));
    containerd.awaitReady();
    return containerd;
  }

  private static Process run(Path directory) throws IOException {
    return new ProcessBuilder("containerd", "-c", directory.resolve("config.toml").toString())
        .redirectErrorStream(true)
        .redirectOutput(
            ProcessBuilder.Redirect.appendTo(directory.resolve("containerd.log").toFile()))
        .start();
  }

  private void awaitReady() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> {
          if (!process.isAlive()) {
            throw new AssertionError("containerd ended: " + log());
          }
          return ctr("version").exit() == 0;
        });
  }

  public String socket() {
    return directory.resolve("c.sock").toString();
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("containerd.log"));
  }

  /** How a program ended, and what it printed. */
  public record Ended(int exit, String said) {}

  /** Runs containerd's own client. */
  public Ended ctr(String... arguments) {
    String[] command = new String[arguments.length + 3];
    command[0] = "ctr";
    command[1] = "-a";
    command[2] = socket();
    System.arraycopy(arguments, 0, command, 3, arguments.length);
    try {
      Process ctr = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said =
          new String(ctr.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
      return new Ended(ctr.waitFor(), said);
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Stops it; its socket stays as a killed one's does. */
  public void kill() {
    process.destroyForcibly();
    settle();
  }

  public void restart() throws IOException {
    process = run(directory);
    awaitReady();
  }

  private void settle() {
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("containerd doesn't end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    process.destroy();
    settle();
  }
}
