package dev.sluice.embedded;

import java.time.Duration;

/** Who may use the embedded registry, and how they show it. */
public sealed interface Access {
  /** Everybody. */
  Access OPEN = new Open();

  /** Everybody. */
  record Open() implements Access {}

  /** One user by HTTP Basic. */
  record Basic(String user, String password) implements Access {}

  /**
   * One user by tokens from the registry's own token endpoint.
   *
   * @param tokenLife how long a token is good
   * @param anonymousPull whether a token for pulls is given without a password
   * @param post whether the token endpoint takes POST; else it answers 405
   */
  record Bearer(
      String user, String password, Duration tokenLife, boolean anonymousPull, boolean post)
      implements Access {}
}
