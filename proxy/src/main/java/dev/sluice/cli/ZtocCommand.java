package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Looks at ztocs. */
@Command(
    name = "ztoc",
    description = "Look at the ztoc of a layer, and read a file through it.",
    subcommands = {ZtocInfoCommand.class, ZtocGetFileCommand.class})
final class ZtocCommand extends CommandGroup {}
