package dev.sluice.fuse;

import java.io.IOException;
import java.time.Duration;

/** Gives a mount to another process: nobody who uses it notices. */
public interface HandOver {
  MountedSession session();

  /**
   * A descriptor of the session, for whoever keeps it; the caller closes it. As long as one process
   * has one, the mount lives, and requests wait.
   *
   * @throws IOException if the mount has ended
   */
  int duplicate() throws IOException;

  /** Whether requests that this process has taken and not answered can be had again by the next. */
  boolean canResend();

  /**
   * Stops taking requests and waits until those that were taken are answered, then lets go of the
   * session, mounted as it is. Another process may go on with it at any time. Idempotent.
   *
   * @param longest how long to wait for answers
   * @return whether all were answered
   */
  boolean leave(Duration longest);
}
