package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Commands about what images read until their containers are ready. */
@Command(
    name = "profile",
    description = {
      "Show what images read until their containers are ready, and take it elsewhere.",
      "Profiles record themselves; they lie in the service's state directory."
    },
    subcommands = {
      ProfileRecordCommand.class,
      ProfileListCommand.class,
      ProfileShowCommand.class,
      ProfileExportCommand.class,
      ProfilePushCommand.class,
      ProfileRemoveCommand.class
    })
final class ProfileCommand extends CommandGroup {}
