package dev.sluice.mount;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.prefetch.Hint;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * An image as it will be mounted.
 *
 * @param manifest the manifest of the chosen platform
 * @param index digest of the SOCI index that is used, null if none is
 * @param indexFailed whether looking for an index failed, so that there may be one
 * @param indexNote which SOCI index is used, or why none is
 * @param layers lowest first
 * @param hints what the index says will be read first; complete in bounded time, never with a
 *     failure
 */
public record ImagePlan(
    Descriptor manifest,
    @Nullable Digest index,
    boolean indexFailed,
    String indexNote,
    List<LayerPlan> layers,
    CompletableFuture<List<Hint>> hints) {
  long compressedBytes() {
    return layers.stream().mapToLong(plan -> plan.layer().size()).sum();
  }
}
