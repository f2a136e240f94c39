package dev.sluice.control;

/**
 * What a service can be told about recording. Used by many threads.
 *
 * <p>An image is named by its reference, the digest of its manifest, or a container of it. Every
 * method throws a SluiceException: NOT_FOUND if no lazy layer of such an image is shown.
 */
public interface ProfileCommands {
  /**
   * Begins to record what an image reads, or goes on with it.
   *
   * @param hold until it is ended; else until the container is ready
   */
  RunStatus record(String image, boolean hold);

  RunStatus state(String image);

  /** Ends the recording and keeps it. */
  RunStatus end(String image);
}
