package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** How a failure is told: one sentence, a hint, an exit code; the stack only with --debug. */
record Complaint(String sentence, @Nullable String hint, int exitCode, Throwable cause) {
  static Complaint of(Throwable failure) {
    FailureKind kind = SluiceException.kindOf(failure);
    if (failure instanceof SluiceException known) {
      return new Complaint(sentence(known), known.advice(), kind.exitCode(), failure);
    }
    if (kind == FailureKind.INTERNAL) {
      return new Complaint(
          "this is a bug in Sluice: " + failure,
          "run it again with --debug and report what it prints",
          kind.exitCode(),
          failure);
    }
    return new Complaint(sentence(failure), null, kind.exitCode(), failure);
  }

  static Complaint ofUsage(ParameterException failure) {
    CommandLine line = failure.getCommandLine();
    Throwable cause = failure.getCause();
    String sentence = cause instanceof SluiceException known ? sentence(known) : sentence(failure);
    String hint = "see " + line.getCommandSpec().qualifiedName() + " --help";
    if (cause instanceof SluiceException known && known.advice() != null) {
      hint = known.advice() + "; " + hint;
    } else if (failure instanceof CommandLine.UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      hint = "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "? " + hint;
    }
    return new Complaint(sentence, hint, FailureKind.INVALID.exitCode(), failure);
  }

  /** Prints it and returns the exit code. */
  int print(Console console) {
    boolean interrupted = console.isInterrupted();
    console.complain(console.red("sluice: ") + (interrupted ? "interrupted" : sentence));
    if (hint != null && !interrupted) {
      console.complain("  hint: " + hint);
    }
    if (console.debug()) {
      var trace = new StringWriter();
      cause.printStackTrace(new PrintWriter(trace));
      console.complain(trace.toString());
    }
    return interrupted ? FailureKind.CANCELLED.exitCode() : exitCode;
  }

  private static String sentence(Throwable failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }
}
