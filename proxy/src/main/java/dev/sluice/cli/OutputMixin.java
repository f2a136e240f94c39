package dev.sluice.cli;

import picocli.CommandLine.Option;

/** {@code -o json|table}, the same wherever something is listed. */
public final class OutputMixin {
  @Option(
      names = {"-o", "--output-format"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private OutputFormat format = OutputFormat.TABLE;

  @Option(names = "--json", description = "Short for -o json.")
  private boolean json;

  /** Whether a program will read the output. */
  public boolean isJson() {
    return json || format == OutputFormat.JSON;
  }
}
