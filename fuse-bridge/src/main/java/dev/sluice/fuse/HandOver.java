package dev.sluice.fuse;

import java.io.IOException;
import java.time.Duration;

/** Gives a mount to another process: nobody who uses it notices. */
public interface HandOver {
  MountedSession session();

  /**
   * The files of the session once more, for whoever keeps them; the caller closes them. As long as
   * one process has them, the mount lives, and requests wait.
   *
   * @throws IOException if the mount has ended
   */
  SessionFiles duplicate() throws IOException;

  /** Whether the next process gets the requests that this one has taken and not answered. */
  boolean keepsRequests();

  /**
   * Stops taking requests and waits until those that were taken are answered, then lets go of the
   * session, mounted as it is. Another process may go on with it at any time. Idempotent.
   *
   * @param longest how long to wait for answers
   * @return whether all were answered
   */
  boolean leave(Duration longest);
}
