package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import picocli.CommandLine.Command;

/** {@code sluice config default}. */
@Command(name = "default", description = "Print a configuration file with all defaults.")
final class ConfigDefaultCommand implements Runnable {
  private final Console console;

  ConfigDefaultCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    console.out().print(ConfigurationLoader.defaults().document());
  }
}
