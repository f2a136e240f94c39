package dev.sluice.prefetch;

import java.util.List;

/**
 * A prefetch manifest.
 *
 * @param images what it says of which images; entries that are wrong are left out
 * @param problems of those, each with its place and what to do
 */
record Manifest(List<Entry> images, List<String> problems) {
  /** What it says of some images. */
  record Entry(ImageMatch match, List<WantedFile> files) {}
}
