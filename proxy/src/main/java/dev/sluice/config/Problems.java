package dev.sluice.config;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with a configuration; all of it is told at once. */
final class Problems {
  private static final int MOST_TOLD = 50;

  private final List<String> found = new ArrayList<>();

  /**
   * @param where "FILE:LINE", a variable or a flag
   */
  void add(String where, String what) {
    found.add(where + ": " + what);
  }

  boolean any() {
    return !found.isEmpty();
  }

  /**
   * @throws SluiceException INVALID if there are any
   */
  void raise() {
    if (found.isEmpty()) {
      return;
    }
    String all = String.join("\n  ", found.subList(0, Math.min(MOST_TOLD, found.size())));
    throw new SluiceException(
        FailureKind.INVALID,
        found.size() == 1
            ? "read the configuration: " + all
            : "read the configuration: %d errors\n  %s".formatted(found.size(), all),
        "sluice config reference lists all keys",
        null);
  }
}
