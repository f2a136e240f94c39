package dev.sluice.cli;

import dev.sluice.control.ControlClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice config dump}. */
@Command(
    name = "dump",
    description =
        "Print the configuration that would be in force, and where each value comes from.")
final class ConfigDumpCommand implements Runnable {
  private final Console console;

  @Mixin private ConfigurationMixin configuration;

  @Option(names = "--running", description = "Ask the running service for what it started with.")
  private boolean running;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ConfigDumpCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var loaded = configuration.load();
    console
        .out()
        .print(
            running
                ? new ControlClient(loaded.configuration().address()).configuration()
                : loaded.dump());
  }
}
