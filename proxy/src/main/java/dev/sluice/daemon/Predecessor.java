package dev.sluice.daemon;

import dev.sluice.config.Configuration;
import dev.sluice.control.ControlClient;
import dev.sluice.control.ServiceStatus;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.keeper.SessionKeeper;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service that runs now, and is to make way for this process. */
public final class Predecessor {
  /*
   * It is asked to end as any stop does: it answers what it has taken, leaves the mount to whoever
   * keeps its session, and gives back its locks, for which our start waits. If this process fails
   * after that, nothing is lost: the session is kept, and the next start goes on with it.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Predecessor.class);

  private Predecessor() {}

  /**
   * Asks the service at the configured address to end; returns at once, also if none runs.
   *
   * @throws SluiceException FAILED_PRECONDITION if it has another root, or if its mount could not
   *     be gone on with
   */
  public static void end(Configuration configuration) {
    ServiceStatus running;
    try {
      running = new ControlClient(configuration.address()).service();
    } catch (SluiceException e) {
      if (e.kind() != FailureKind.UNAVAILABLE) {
        throw e;
      }
      LOG.info("no service runs that could be taken over from");
      return;
    }
    Path root = configuration.root().toAbsolutePath().normalize();
    if (!running.root().equals(root.toString())) {
      throw refuse(
          running,
          "its root is %s, and %s is configured here".formatted(running.root(), root),
          "give both the same configuration");
    }
    if (!SessionKeeper.isKeptByProcess(SessionKeeper.file(root))) {
      throw refuse(
          running,
          "only its service manager, if anyone, keeps the session of its mount",
          "install the new version and restart the unit: systemctl restart sluice");
    }
    LOG.info("taking over from Sluice {}, process {}", running.version(), running.pid());
    ProcessHandle.of(running.pid()).ifPresent(ProcessHandle::destroy);
  }

  private static SluiceException refuse(ServiceStatus running, String why, String advice) {
    return new SluiceException(
        FailureKind.FAILED_PRECONDITION,
        "take over from process %d: %s".formatted(running.pid(), why),
        advice,
        null);
  }
}
