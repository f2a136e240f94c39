package dev.sluice.profile;

import java.time.Duration;

/**
 * What is done with runs of images.
 *
 * @param record whether first runs are recorded without being asked for
 * @param prefetch whether what hints say is brought
 * @param quiet a container that read nothing new for this long is ready
 * @param longest it is ready after this long in any case
 * @param mostBytes compressed bytes that hints may bring of one image
 */
public record RunOptions(
    boolean record, boolean prefetch, Duration quiet, Duration longest, long mostBytes) {
  /** Nothing is recorded or brought. */
  public static final RunOptions OFF =
      new RunOptions(false, false, Duration.ofSeconds(10), Duration.ofMinutes(2), 4L << 30);

  /** What a service does if nobody configures anything. */
  public static final RunOptions DEFAULT =
      new RunOptions(true, true, OFF.quiet, OFF.longest, OFF.mostBytes);
}
