package dev.sluice.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The distribution's containerd with one more snapshotter, beside any that the machine runs. */
public final class Containerd implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private static final String CONFIGURATION =
      """
      version = 2
      root = "DIR/root"
      state = "DIR/state"
      disabled_plugins = [
        "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
        "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper",
        "io.containerd.internal.v1.opt"]
      [grpc]
        address = "DIR/c.sock"
      [ttrpc]
        address = "DIR/c.sock.ttrpc"
      [debug]
        address = "DIR/debug.sock"
      [proxy_plugins.PLUGIN]
        type = "snapshot"
        address = "SOCKET"
      """;

  private static final String CRI =
      """
      [plugins."io.containerd.grpc.v1.cri"]
        restrict_oom_score_adj = true
        disable_tcp_service = true
        stream_server_port = "0"
      [plugins."io.containerd.grpc.v1.cri".containerd]
        snapshotter = "SNAPSHOTTER"
        disable_snapshot_annotations = false
      [plugins."io.containerd.grpc.v1.cri".registry]
        config_path = "CERTS"
      """;

  private final Process process;
  private final Path directory;
  private final String namespace;

  private Containerd(Process process, Path directory, String namespace) {
    this.process = process;
    this.directory = directory;
    this.namespace = namespace;
  }

  /**
   * @param directory its own; what it keeps and says
   * @param sluice socket of the service
   * @param certs directory with hosts.toml files
   */
  public static Containerd start(Path directory, Path sluice, Path certs) {
    return start(directory, "sluice", sluice, certs, "default", Map.of());
  }

  /**
   * One whose images and containers are those of the kubelet.
   *
   * @param snapshotter of the images that the kubelet pulls: overlayfs, or a name for what answers
   *     at {@code socket}
   * @param environment what it gets besides this process's
   */
  public static Containerd ofKubelet(
      Path directory,
      String snapshotter,
      Path socket,
      Path certs,
      Map<String, String> environment) {
    return start(directory, snapshotter, socket, certs, "k8s.io", environment);
  }

  private static Containerd start(
      Path directory,
      String snapshotter,
      Path socket,
      Path certs,
      String namespace,
      Map<String, String> environment) {
    try {
      Files.createDirectories(directory);
      Path configuration = directory.resolve("config.toml");
      Files.writeString(
          configuration,
          (CONFIGURATION + CRI)
              .replace("SNAPSHOTTER", snapshotter)
              .replace("PLUGIN", snapshotter.equals("overlayfs") ? "sluice" : snapshotter)
              .replace("DIR", directory.toString())
              .replace("CERTS", certs.toString())
              .replace("SOCKET", socket.toString()));
      // In a session of its own: Ctrl-C must leave it alive until its containers have ended.
      ProcessBuilder builder =
          new ProcessBuilder("setsid", "containerd", "-c", configuration.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      Containerd containerd = new Containerd(process, directory, namespace);
      try {
        Waiting.until(
            "containerd serves",
            Duration.ofMinutes(1),
            () -> {
              if (!process.isAlive()) {
                throw new IllegalStateException(
                    "containerd ended at once:\n" + Program.text(directory.resolve("log")));
              }
              return containerd.result("version").exitCode() == 0;
            });
        return containerd;
      } catch (RuntimeException e) {
        containerd.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("start containerd in " + directory, e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public Path socket() {
    return socket(directory);
  }

  /** Where one whose directory this is serves. */
  public static Path socket(Path directory) {
    return directory.resolve("c.sock");
  }

  /** Runs {@code ctr}; what it printed. */
  public String ctr(Object... arguments) {
    return Program.run(LIMIT, command(arguments));
  }

  /** Runs {@code ctr} whatever it exits with. */
  public Program.Result result(Object... arguments) {
    return Program.result(LIMIT, Map.of(), command(arguments));
  }

  private Object[] command(Object... arguments) {
    List<Object> command = new ArrayList<>(clientCommand());
    command.addAll(List.of(arguments));
    return command.toArray();
  }

  /** {@code ctr} for this containerd; arguments are to follow. */
  public List<String> clientCommand() {
    return List.of("ctr", "-a", socket().toString(), "-n", namespace);
  }

  /** Pulls an image as the kubelet does; its id. */
  public String pullAsKubelet(Duration limit, String reference) {
    try (InputStream script = Containerd.class.getResourceAsStream("cri_pull.py")) {
      Path file = directory.resolve("cri_pull.py");
      Files.write(file, Objects.requireNonNull(script).readAllBytes());
      return Program.run(limit, "python3", file, socket(), reference);
    } catch (IOException e) {
      throw new UncheckedIOException("write cri_pull.py into " + directory, e);
    }
  }

  /** Runs a shell script in a new container, as busybox knows it; what it printed. */
  public String run(String snapshotter, String image, String name, String script) {
    return ctr(
        "run",
        "--rm",
        "--snapshotter",
        snapshotter,
        "--mount",
        "type=bind,src=/bin/busybox,dst=/dev/busybox,options=bind:ro",
        image,
        name,
        "/dev/busybox",
        "sh",
        "-c",
        script);
  }

  /** A container that sleeps; the directory of its root file system. */
  Path startSleeping(String snapshotter, String image, String name) {
    ctr(
        "run",
        "-d",
        "--snapshotter",
        snapshotter,
        "--mount",
        "type=bind,src=/bin/busybox,dst=/dev/busybox,options=bind:ro",
        image,
        name,
        "/dev/busybox",
        "sleep",
        "3600");
    return directory.resolve("state/io.containerd.runtime.v2.task/default/" + name + "/rootfs");
  }

  /** Runs a shell script in a container that sleeps. */
  String exec(String name, String script) {
    return ctr("task", "exec", "--exec-id", "e", name, "/dev/busybox", "sh", "-c", script);
  }

  /** Ends a container's task; the container and its snapshot stay. */
  void endTask(String name) {
    ctr("task", "kill", "-s", "KILL", name);
    Waiting.until(
        "the task of " + name + " ends",
        Duration.ofSeconds(30),
        () -> result("task", "rm", name).exitCode() == 0);
  }

  /** Ends a container and removes it. */
  void end(String name) {
    endTask(name);
    ctr("container", "rm", name);
  }

  @Override
  public void close() {
    for (String task : result("task", "ls", "-q").out().lines().toList()) {
      var _ = result("task", "kill", "-s", "KILL", task);
      var _ = result("task", "rm", "-f", task);
    }
    process.destroy();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while containerd ended", e);
    }
  }
}
