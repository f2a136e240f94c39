package dev.sluice.profile;

import dev.sluice.oci.Digest;
import dev.sluice.prefetch.Hint;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * An image that may run.
 *
 * @param manifest of its platform
 * @param reference for people, and for manifests to match
 * @param lazyLayers how many of its layers will be shown, 0 if unknown
 * @param wanted paths and patterns that its user wants fetched first, in order
 * @param artifacts what its index wants fetched first; completes in bounded time
 */
public record RunImage(
    Digest manifest,
    String reference,
    int lazyLayers,
    List<String> wanted,
    CompletableFuture<List<Hint>> artifacts) {
  /** An image that ran before, of which nobody has to be asked. */
  public static RunImage known(Digest manifest, String reference) {
    return new RunImage(
        manifest, reference, 0, List.of(), CompletableFuture.completedFuture(List.of()));
  }
}
