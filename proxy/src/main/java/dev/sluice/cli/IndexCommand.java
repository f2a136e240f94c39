package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Looks at SOCI indexes. */
@Command(
    name = "index",
    description = "Look at the SOCI indexes of an image.",
    subcommands = {IndexListCommand.class, IndexInfoCommand.class})
final class IndexCommand extends CommandGroup {}
