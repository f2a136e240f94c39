package dev.sluice.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line as users start it: the launcher, in a process of its own. */
final class Sluice {
  /** Surefire's working directory is the module's. */
  static final Path LAUNCHER = Path.of("").toAbsolutePath().resolveSibling("sluice").normalize();

  /** Maven is at work here already: the launcher must not build. */
  static final Map<String, String> ENVIRONMENT =
      Map.of("SLUICE_BUILD", "no", "JAVA_HOME", System.getProperty("java.home"));

  private static final Duration LIMIT = Duration.ofMinutes(3);

  private Sluice() {}

  /**
   * What a command printed on standard output.
   *
   * @throws AssertionError with all that it said, if it failed
   */
  static String run(Object... arguments) {
    Program.Result result = result(arguments);
    if (result.exitCode() != 0) {
      throw new AssertionError(
          "sluice %s exited with %d:%n%s%s"
              .formatted(List.of(arguments), result.exitCode(), result.out(), result.err()));
    }
    return result.out();
  }

  /** Runs a command whatever it exits with. */
  static Program.Result result(Object... arguments) {
    return Program.result(LIMIT, ENVIRONMENT, command(arguments).toArray());
  }

  /** A command that heeds SIGINT even if these tests run in the background of a script. */
  static List<String> interruptible(Object... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(command(arguments));
    return command;
  }

  static List<String> command(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }
}
