package dev.sluice.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which service answers.
 *
 * @param version of Sluice
 * @param root its state directory
 * @param keeper who else keeps the mount of its layers; null if it does not say
 */
public record ServiceStatus(
    String version, long pid, Instant started, String root, @Nullable String keeper) {}
