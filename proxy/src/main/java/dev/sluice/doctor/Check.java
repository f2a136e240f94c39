package dev.sluice.doctor;

import java.util.List;

/** One thing to look at. Blocks for a bounded time and leaves nothing behind. */
interface Check {
  /** What is looked at, for the case that looking fails. */
  String subject();

  /**
   * @throws Exception if looking fails, which then is the finding
   */
  List<Finding> run() throws Exception;
}
