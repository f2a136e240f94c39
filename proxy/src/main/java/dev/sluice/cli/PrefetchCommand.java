package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Looks at prefetch artifacts and manifests. */
@Command(
    name = "prefetch",
    description = "Look at what an index wants prefetched, and check prefetch manifests.",
    subcommands = {PrefetchInfoCommand.class, PrefetchCheckCommand.class})
final class PrefetchCommand extends CommandGroup {}
