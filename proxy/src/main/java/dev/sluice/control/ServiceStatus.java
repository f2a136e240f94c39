package dev.sluice.control;

import java.time.Instant;

/**
 * Which service answers.
 *
 * @param version of Sluice
 * @param root its state directory
 */
public record ServiceStatus(String version, long pid, Instant started, String root) {}
