package dev.sluice.load.compare;

import dev.sluice.load.coldstart.Interruption;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** {@code load-tests/compare}. */
public final class CompareMain {
  private static final int USAGE = 2;
  private static final int INTERRUPTED = 130;
  private static final int NAMED = 20;

  private CompareMain() {}

  public static void main(String[] arguments) {
    if (List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
      System.out.print(CompareOptions.USAGE);
      return;
    }
    System.exit(run(System.out, System.err, arguments));
  }

  /** Its exit code: 0 if nothing differs, 1 if anything does or can't be compared. */
  static int run(PrintStream out, PrintStream err, String... arguments) {
    CompareOptions options;
    try {
      options = CompareOptions.read(arguments);
    } catch (IllegalArgumentException e) {
      err.println("compare: " + e.getMessage());
      err.print(CompareOptions.USAGE);
      return USAGE;
    }
    List<Outcome> outcomes = new ArrayList<>();
    try (Interruption _ = Interruption.ofThisThread()) {
      out.println("| image | face | lazy layers | paths | bytes | differing paths |");
      out.println("|---|---|---|---|---|---|");
      new Comparison(
              options,
              outcome -> {
                outcomes.add(outcome);
                tell(outcome, out, err);
              })
          .run();
      return outcomes.stream().allMatch(outcome -> outcome.differences().isEmpty()) ? 0 : 1;
    } catch (IOException | RuntimeException e) {
      if (Interruption.requested()) {
        err.println("compare: interrupted; all is cleaned up");
        return INTERRUPTED;
      }
      err.println("compare: " + e.getMessage());
      return 1;
    }
  }

  private static void tell(Outcome outcome, PrintStream out, PrintStream err) {
    List<String> differences = outcome.differences();
    out.printf(
        "| %s | %s | %d | %d | %d | %d |%n",
        outcome.image(),
        outcome.face(),
        outcome.layers(),
        outcome.paths(),
        outcome.bytes(),
        differences.size());
    differences.stream().limit(NAMED).forEach(err::println);
    if (differences.size() > NAMED) {
      err.printf("and %d more paths%n", differences.size() - NAMED);
    }
  }
}
