package dev.sluice.cli;

import dev.sluice.config.Reference;
import picocli.CommandLine.Command;

/** {@code sluice config reference}. */
@Command(name = "reference", description = "Print what every key does, as Markdown.")
final class ConfigReferenceCommand implements Runnable {
  private final Console console;

  ConfigReferenceCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.out().print(Reference.markdown());
  }
}
