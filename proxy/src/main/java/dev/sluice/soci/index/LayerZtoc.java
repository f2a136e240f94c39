package dev.sluice.soci.index;

import dev.sluice.oci.Descriptor;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A layer's ztoc.
 *
 * @param descriptor as it stands in the index, with annotations
 * @param file its bytes, or null if the store has them already
 * @param prefetch the spans of prefetched files by path; empty if none is in this layer
 */
record LayerZtoc(
    Descriptor descriptor,
    @Nullable Path file,
    java.util.Map<String, PrefetchSpans.Range> prefetch) {}
