package dev.sluice.load;

import java.time.Duration;

/** Other programs, run to their end; for benchmarks, whose steps may take long. */
final class Shell {
  private static final Duration LIMIT = Duration.ofMinutes(30);

  private Shell() {}

  /** What it prints; fails with that if it fails. */
  static String run(Object... command) {
    return Program.run(LIMIT, command);
  }

  /** Runs a script with {@code $1}, {@code $2} … */
  static String script(String script, Object... arguments) {
    Object[] command = new Object[arguments.length + 4];
    command[0] = "sh";
    command[1] = "-euc";
    command[2] = script;
    command[3] = "sh";
    System.arraycopy(arguments, 0, command, 4, arguments.length);
    return run(command);
  }
}
