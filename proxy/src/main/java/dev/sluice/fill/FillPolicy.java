package dev.sluice.fill;

import java.time.Duration;

/**
 * How layers are filled.
 *
 * @param enabled whether layers are filled that nobody has asked to be
 * @param bytesPerSecond compressed bytes fetched for them, 0 for as fast as it goes
 * @param quietTime how long no reader of an image must have waited before its layers are filled
 * @param startAfter when they are filled at the latest, counted from the container's start
 * @param retryAfter pause after a failure, doubled with each further one up to 64 times
 * @param stepBytes unpacked bytes that are asked for at a time
 */
public record FillPolicy(
    boolean enabled,
    long bytesPerSecond,
    Duration quietTime,
    Duration startAfter,
    Duration retryAfter,
    long stepBytes) {
  public static final long DEFAULT_STEP_BYTES = 8L << 20;
}
