package dev.sluice.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The command line as users start it: the launcher, in a process of its own. */
public final class Sluice {
  static final Path LAUNCHER = home().resolve("sluice");

  /** Who runs this has built already: the launcher must not build. */
  public static final Map<String, String> ENVIRONMENT =
      Map.of("SLUICE_BUILD", "no", "JAVA_HOME", System.getProperty("java.home"));

  private static final Duration LIMIT = Duration.ofMinutes(3);

  private Sluice() {}

  /** The top of the source tree: this class lies in load-tests/target, in a jar or a directory. */
  public static Path home() {
    try {
      Path code = Path.of(Sluice.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.toAbsolutePath().resolve("../../..").normalize();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException("find the source tree", e);
    }
  }

  /**
   * What a command printed on standard output.
   *
   * @throws IllegalStateException with all that it said, if it failed
   */
  public static String run(Object... arguments) {
    return runWithin(LIMIT, arguments);
  }

  /** The same for what takes longer than most. */
  public static String runWithin(Duration limit, Object... arguments) {
    Program.Result result = Program.result(limit, ENVIRONMENT, command(arguments).toArray());
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          "sluice %s exited with %d:%n%s%s"
              .formatted(List.of(arguments), result.exitCode(), result.out(), result.err()));
    }
    return result.out();
  }

  /** Runs a command whatever it exits with. */
  public static Program.Result result(Object... arguments) {
    return Program.result(LIMIT, ENVIRONMENT, command(arguments).toArray());
  }

  /** A command that heeds SIGINT even if these tests run in the background of a script. */
  static List<String> interruptible(Object... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.addAll(command(arguments));
    return command;
  }

  public static List<String> command(Object... arguments) {
    List<String> command = new ArrayList<>(List.of(LAUNCHER.toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    return command;
  }
}
