package dev.sluice.load.coldstart;

import java.nio.file.Path;
import java.util.List;

/**
 * An image that has been made.
 *
 * @param layout an OCI layout that holds it as {@code image}
 * @param layers digests of its layers
 * @param largestLayer digest of the one with the most bytes
 * @param compressedBytes of its layers
 */
public record Image(
    Recipe recipe, Path layout, List<String> layers, String largestLayer, long compressedBytes) {
  public String name() {
    return recipe.name();
  }

  /** Where the registry has it for such a start: beside one of two copies lies what we know. */
  String repository(Mode.Start start) {
    return start == Mode.Start.AWS_PREFETCH ? name() + "-profile" : name();
  }
}
