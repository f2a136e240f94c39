package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Commands about the configuration. */
@Command(
    name = "config",
    description = "Shows and checks the service's configuration.",
    subcommands = {
      ConfigDefaultCommand.class,
      ConfigDumpCommand.class,
      ConfigCheckCommand.class,
      ConfigReferenceCommand.class
    })
final class ConfigCommand extends CommandGroup {}
