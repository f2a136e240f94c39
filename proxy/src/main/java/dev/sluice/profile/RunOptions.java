package dev.sluice.profile;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is done with runs of images.
 *
 * @param record whether first runs are recorded without being asked for
 * @param prefetch whether what hints say is brought
 * @param artifacts whether prefetch artifacts beside an image are hints
 * @param manifests directory of manifests; null for none
 * @param quiet a container that read nothing new for this long is ready
 * @param longest it is ready after this long in any case
 * @param mostBytes compressed bytes that hints may bring of one image
 */
public record RunOptions(
    boolean record,
    boolean prefetch,
    boolean artifacts,
    @Nullable Path manifests,
    Duration quiet,
    Duration longest,
    long mostBytes) {
  /** Nothing is recorded or brought. */
  public static final RunOptions OFF =
      new RunOptions(
          false, false, false, null, Duration.ofSeconds(10), Duration.ofMinutes(2), 4L << 30);

  /** What is done if nobody configures anything. */
  public static final RunOptions DEFAULT =
      new RunOptions(
          true,
          true,
          true,
          Path.of("/etc/sluice/prefetch.d"),
          OFF.quiet,
          OFF.longest,
          OFF.mostBytes);
}
