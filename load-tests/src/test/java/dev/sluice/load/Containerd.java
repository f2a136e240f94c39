package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The distribution's containerd with Sluice as a snapshotter, beside any that the machine runs. */
final class Containerd implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(3);

  private final Process process;
  private final Path directory;

  private Containerd(Process process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  /**
   * @param directory its own; what it keeps and says
   * @param sluice socket of the service
   * @param certs directory with hosts.toml files
   */
  static Containerd start(Path directory, Path sluice, Path certs) {
    try {
      Files.createDirectories(directory);
      Path configuration = directory.resolve("config.toml");
      Files.writeString(
          configuration,
          """
          version = 2
          root = "DIR/root"
          state = "DIR/state"
          disabled_plugins = ["io.containerd.snapshotter.v1.btrfs",
            "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs",
            "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
          [grpc]
            address = "DIR/c.sock"
          [ttrpc]
            address = "DIR/c.sock.ttrpc"
          [debug]
            address = "DIR/debug.sock"
          [plugins."io.containerd.grpc.v1.cri"]
            restrict_oom_score_adj = true
            disable_tcp_service = true
            stream_server_port = "0"
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "sluice"
            disable_snapshot_annotations = false
          [plugins."io.containerd.grpc.v1.cri".registry]
            config_path = "CERTS"
          [proxy_plugins.sluice]
            type = "snapshot"
            address = "SLUICE"
          """
              .replace("DIR", directory.toString())
              .replace("CERTS", certs.toString())
              .replace("SLUICE", sluice.toString()));
      Process process =
          new ProcessBuilder("containerd", "-c", configuration.toString())
              .redirectErrorStream(true)
              .redirectOutput(directory.resolve("log").toFile())
              .start();
      Containerd containerd = new Containerd(process, directory);
      try {
        Awaitility.await("containerd serves")
            .atMost(Duration.ofMinutes(1))
            .until(() -> containerd.result("version").exitCode() == 0);
        return containerd;
      } catch (RuntimeException e) {
        containerd.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("start containerd in " + directory, e);
    }
  }

  Path socket() {
    return directory.resolve("c.sock");
  }

  /** Runs {@code ctr}; what it printed. */
  String ctr(Object... arguments) {
    return Program.run(LIMIT, command(arguments));
  }

  /** Runs {@code ctr} whatever it exits with. */
  Program.Result result(Object... arguments) {
    return Program.result(LIMIT, java.util.Map.of(), command(arguments));
  }

  private Object[] command(Object... arguments) {
    List<Object> command = new ArrayList<>(List.of("ctr", "-a", socket()));
    command.addAll(List.of(arguments));
    return command.toArray();
  }

  /** Runs a shell script in a new container, as busybox knows it; what it printed. */
  String run(String snapshotter, String image, String name, String script) {
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
    Awaitility.await("the task of " + name + " ends")
        .atMost(Duration.ofSeconds(30))
        .until(() -> result("task", "rm", name).exitCode() == 0);
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
      throw new AssertionError("interrupted while containerd ended", e);
    }
  }
}
