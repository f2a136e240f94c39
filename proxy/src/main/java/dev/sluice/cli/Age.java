package dev.sluice.cli;

import java.time.Duration;
import java.time.Instant;

/** How long ago something was, as kubectl shows it. */
final class Age {
  private Age() {}

  /** E.g. {@code 12s}, {@code 4m}, {@code 3h}, {@code 17d}. */
  static String show(Instant since, Instant now) {
    Duration age = Duration.between(since, now);
    if (age.isNegative()) {
      return "0s";
    }
    return age.toDays() > 1
        ? age.toDays() + "d"
        : age.toHours() > 1
            ? age.toHours() + "h"
            : age.toMinutes() > 1 ? age.toMinutes() + "m" : age.toSeconds() + "s";
  }
}
