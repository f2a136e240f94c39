package dev.sluice.doctor;

import dev.sluice.containerd.ContainerdClient;
import dev.sluice.containerd.ContainerdClient.SnapshotterPlugin;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Whether containerd runs, which one, and what it has loaded. */
final class ContainerdCheck implements Check {
  private static final String SUBJECT = "containerd";
  private static final long DEADLINE_SECONDS = 10;

  private final Vertx vertx;
  private final Path socket;

  ContainerdCheck(Vertx vertx, Path socket) {
    this.vertx = vertx;
    this.socket = socket;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() throws InterruptedException, ExecutionException {
    if (!Files.exists(socket)) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "there is no socket " + socket,
              "start containerd, or set containerd.address to its socket (k3s:"
                  + " /run/k3s/containerd/containerd.sock)"));
    }
    // The client waits for minutes where containerd may be busy; somebody sits before this one.
    FutureTask<List<Finding>> asking = new FutureTask<>(this::ask);
    Thread thread = Thread.ofVirtual().name("containerd-check").start(asking);
    try {
      return asking.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      thread.interrupt();
      return List.of(
          Finding.fail(
              SUBJECT,
              "%s gave no answer within %d s".formatted(socket, DEADLINE_SECONDS),
              "is it containerd's socket? Its log may say why: journalctl -u containerd"));
    }
  }

  private List<Finding> ask() {
    try (ContainerdClient client = ContainerdClient.connect(vertx, socket.toString(), "default")) {
      return List.of(version(client.version()), plugins(client.snapshotters()));
    }
  }

  private Finding version(String reported) {
    String version = reported.replaceFirst("^v", "");
    String what = "containerd " + version + " answers at " + socket;
    return version.startsWith("0.") || version.matches("1\\.[0-5]\\..*")
        ? Finding.fail(SUBJECT, what, "use 1.6 or later")
        : Finding.ok(SUBJECT, what);
  }

  /** What it has loaded, which is what its configuration said when it started. */
  private static Finding plugins(List<SnapshotterPlugin> snapshotters) {
    String remote =
        snapshotters.stream()
            .filter(SnapshotterPlugin::remote)
            .map(SnapshotterPlugin::name)
            .collect(Collectors.joining(", "));
    return remote.isEmpty()
        ? Finding.warn(
            SUBJECT,
            "it runs without a remote snapshotter",
            "restart containerd when its configuration has one")
        : Finding.ok(SUBJECT, "it runs with the remote snapshotter " + remote);
  }
}
