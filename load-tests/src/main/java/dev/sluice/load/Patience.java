package dev.sluice.load;

import java.time.Duration;

/** How long to wait for other programs, where the machine is slower than any real one. */
final class Patience {
  private static final int FACTOR =
      Integer.parseInt(System.getenv().getOrDefault("SLUICE_PATIENCE", "1"));

  private Patience() {}

  /** The limit of this machine; SLUICE_PATIENCE says how many times that of a real one. */
  static Duration with(Duration limit) {
    return limit.multipliedBy(FACTOR);
  }
}
