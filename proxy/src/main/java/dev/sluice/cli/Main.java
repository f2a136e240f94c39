package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root command, and where the program starts. */
@Command(
    name = "sluice",
    versionProvider = Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Starts containers before their image has arrived.",
    synopsisSubcommandLabel = "COMMAND",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage", "130:interrupted"},
    footer = {
      "",
      "REF, SRC and DST are host/repository[:tag][@digest], oci:DIR[:tag] or oci-archive:FILE[:tag]."
    })
public final class Main implements Runnable {
  private final Console console;

  @Spec private CommandSpec spec;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Log what happens, and show where an error comes from.")
  void debug(boolean debug) {
    console.debug(debug);
  }

  @Option(
      names = {"-q", "--quiet"},
      scope = ScopeType.INHERIT,
      description = "Say nothing but results and errors.")
  void quiet(boolean quiet) {
    console.quiet(quiet);
  }

  @Option(
      names = "--no-progress",
      scope = ScopeType.INHERIT,
      description = "One line per step instead of progress bars.")
  void noProgress(boolean noProgress) {
    console.bars(!noProgress);
  }

  @Option(
      names = "--no-color",
      scope = ScopeType.INHERIT,
      description = "No colours; so does a NO_COLOR in the environment.")
  void noColor(boolean noColor) {
    console.colors(!noColor);
  }

  @Option(
      names = "--timeout",
      scope = ScopeType.INHERIT,
      paramLabel = "TIME",
      description = "Give up after this time, e.g. 90s, 10m (default: never).")
  void timeout(Duration timeout) {
    console.timeout(timeout);
  }

  @SuppressWarnings("NullAway.Init") // picocli sets it
  Main(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name a command.");
  }

  public static void main(String[] args) {
    int code;
    Console console = Console.ofProcess();
    try (Interruption _ = Interruption.watch(console)) {
      code = run(console, args);
    }
    System.exit(code);
  }

  /** Runs one command line and returns its exit code. */
  public static int run(PrintStream out, PrintStream err, String... args) {
    return run(Console.ofStreams(out, err), args);
  }

  private static int run(Console console, String... args) {
    CommandLine line = commandLine(console, Commands.named(args));
    try (Deadline deadline = new Deadline()) {
      line.setExecutionStrategy(parsed -> {
        deadline.start(console.timeout());
        return new CommandLine.RunLast().execute(parsed);
      });
      line.setExecutionExceptionHandler(
          (failure, _, _) -> Complaint.of(deadline.explain(failure)).print(console));
      int code = line.execute(args);
      console.flush();
      return code;
    }
  }

  /** With these commands; the others are unknown to it. */
  static CommandLine commandLine(Console console, List<Class<?>> commands) {
    CommandFactory factory = new CommandFactory(console);
    var line = new CommandLine(new Main(console), factory);
    commands.forEach(command -> line.addSubcommand(new CommandLine(command, factory)));
    line.registerConverter(ByteCount.class, ByteCount::parse);
    line.registerConverter(Duration.class, Durations::parse);
    line.registerConverter(dev.sluice.oci.Digest.class, dev.sluice.oci.Digest::parse);
    line.registerConverter(dev.sluice.oci.Platform.class, dev.sluice.oci.Platforms::parse);
    line.registerConverter(
        dev.sluice.image.ImageLocation.class, dev.sluice.image.ImageLocation::parse);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setOut(console.outWriter());
    line.setErr(console.errWriter());
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(
            console.colors() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF));
    line.setParameterExceptionHandler((failure, _) -> {
      Complaint.ofUsage(failure).print(console);
      return FailureKind.INVALID.exitCode();
    });
    return line;
  }
}
