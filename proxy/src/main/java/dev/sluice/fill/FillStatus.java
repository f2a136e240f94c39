package dev.sluice.fill;

import org.jspecify.annotations.Nullable;

/**
 * How the fill of a layer is doing.
 *
 * @param failure why it failed last, or what is wrong with it; null if nothing is
 */
public record FillStatus(FillState state, @Nullable String failure) {}
