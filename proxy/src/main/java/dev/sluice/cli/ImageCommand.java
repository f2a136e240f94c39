package dev.sluice.cli;

import picocli.CommandLine.Command;

/** Images in containerd. */
@Command(
    name = "image",
    description = "Work with the images of containerd.",
    subcommands = {ImagePullCommand.class})
final class ImageCommand extends CommandGroup {}
