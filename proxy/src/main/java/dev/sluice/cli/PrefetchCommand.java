package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Looks at prefetch artifacts. */
@Command(
    name = "prefetch",
    description = "Look at what an index wants prefetched.",
    subcommands = PrefetchInfoCommand.class)
final class PrefetchCommand extends CommandGroup {}
