package dev.sluice.prefetch;

import java.util.List;

/**
 * Files of an image that somebody wants fetched first.
 *
 * @param path absolute path or pattern
 * @param ranges of each file, in bytes; empty for all of it
 * @param priority lower comes first
 */
record WantedFile(PathPattern path, List<Range> ranges, int priority) {
  /**
   * Bytes of a file.
   *
   * @param to not included
   */
  record Range(long from, long to) {}

  /**
   * @param path as a user writes it
   * @throws IllegalArgumentException if it is no absolute path or pattern of one
   */
  static WantedFile of(String path, List<Range> ranges, int priority) {
    if (!path.startsWith("/") || path.length() > 4096) {
      throw new IllegalArgumentException(
          "'%s' is no path: write it from the root of the image, as /usr/bin/app"
              .formatted(path.length() > 60 ? path.substring(0, 60) + "…" : path));
    }
    return new WantedFile(PathPattern.of(path), List.copyOf(ranges), priority);
  }
}
