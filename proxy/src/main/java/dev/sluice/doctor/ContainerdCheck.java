package dev.sluice.doctor;

import dev.sluice.failure.SluiceException;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** Whether containerd runs, and which. */
final class ContainerdCheck implements Check {
  private static final String SUBJECT = "containerd";

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
  public List<Finding> run() throws Exception {
    if (!Files.exists(socket)) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "there is no socket " + socket,
              "start containerd, or set containerd.address to its socket (k3s:"
                  + " /run/k3s/containerd/containerd.sock)"));
    }
    try {
      String version =
          Containerd.version(vertx, socket)
              .toCompletionStage()
              .toCompletableFuture()
              .get(10, TimeUnit.SECONDS);
      return List.of(judge(version));
    } catch (ExecutionException e) {
      return List.of(
          Finding.fail(
              SUBJECT,
              "%s does not answer: %s".formatted(socket, SluiceException.describe(e)),
              "is containerd running, and is this its socket?"));
    }
  }

  private Finding judge(String version) {
    String what = "containerd " + version + " answers at " + socket;
    if (version.startsWith("0.") || version.matches("1\\.[0-5]\\..*")) {
      return Finding.fail(SUBJECT, what, "use 1.6 or later");
    }
    return Finding.ok(SUBJECT, what);
  }
}
