package dev.sluice.doctor;

import dev.sluice.control.ControlClient;
import dev.sluice.control.ServiceStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether the service runs and answers. */
final class ServiceCheck implements Check {
  private static final String SUBJECT = "service";

  private final Path address;
  private final Path root;

  ServiceCheck(Path address, Path root) {
    this.address = address;
    this.root = root;
  }

  @Override
  public String subject() {
    return SUBJECT;
  }

  @Override
  public List<Finding> run() {
    try {
      ServiceStatus status = new ControlClient(address).service();
      return List.of(runs(status, root), keeps(status));
    } catch (SluiceException e) {
      String message = String.valueOf(e.getMessage());
      return List.of(
          e.kind() == FailureKind.UNAVAILABLE
              ? Finding.warn(SUBJECT, message, String.valueOf(e.advice()))
              : Finding.fail(SUBJECT, message, e.advice()));
    }
  }

  static Finding runs(ServiceStatus status, Path root) {
    String what =
        "Sluice %s runs as process %d since %s"
            .formatted(status.version(), status.pid(), status.started());
    return status.root().equals(root.toString())
        ? Finding.ok(SUBJECT, what)
        : Finding.warn(
            SUBJECT,
            what + " with root " + status.root() + ", but " + root + " is configured here",
            "give doctor the service's configuration by --config, or restart the service");
  }

  /** Whether containers outlive it. */
  static Finding keeps(ServiceStatus status) {
    String keeper = status.keeper();
    if (keeper == null) {
      return Finding.warn(SUBJECT, "it does not say who keeps its mount", "upgrade it");
    }
    String what = "its mount is kept by " + keeper;
    return keeper.startsWith("nobody")
        ? Finding.warn(
            SUBJECT,
            what + ": containers with lazy layers end with it",
            "the log says why, at its start")
        : Finding.ok(SUBJECT, what + ": containers outlive it");
  }

  /** The pid of the service, or "self" if none answers. */
  static String process(Path address) {
    try {
      return Long.toString(new ControlClient(address).service().pid());
    } catch (SluiceException e) {
      return "self";
    }
  }

  static @Nullable String adviceOf(Throwable failure) {
    return failure instanceof SluiceException known ? known.advice() : null;
  }
}
