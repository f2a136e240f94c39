package dev.sluice.control;

/** Answers what a running service knows of one container or file. Used by many threads. */
public interface Explainer {
  /**
   * @param subject a container's id (or the beginning of it), its key as {@code sluice ps} has it,
   *     or {@code #} and the number of a snapshot
   * @param path of a file in it, "" for the container as a whole
   * @throws dev.sluice.failure.SluiceException NOT_FOUND, INVALID if several containers are meant
   */
  Explanation explain(String subject, String path);
}
