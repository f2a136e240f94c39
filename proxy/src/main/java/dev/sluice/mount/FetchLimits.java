package dev.sluice.mount;

import java.time.Duration;

/**
 * Bounds of what reads cause.
 *
 * @param bytes memory that fetches may hold, compressed and inflated
 * @param readDeadline after which a read that still waits answers EIO; longer than a fetch with its
 *     tries takes
 */
public record FetchLimits(long bytes, Duration readDeadline) {
  public static final FetchLimits DEFAULT = new FetchLimits(256L << 20, Duration.ofMinutes(3));
}
