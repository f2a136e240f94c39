package dev.sluice.load.coldstart;

import java.util.List;
import java.util.regex.Pattern;

/**
 * How an image is made, and when its container is ready.
 *
 * @param size small, medium, large or tiny: a name for several images
 * @param layers shell scripts, each run as root in the tree of those before it; the first makes the
 *     tree's base. What a script changes is a layer
 * @param user who the container runs as
 * @param command what it runs
 * @param ready what the line has that says so
 */
public record Recipe(
    String name,
    String size,
    List<String> layers,
    String user,
    List<String> command,
    Pattern ready) {}
