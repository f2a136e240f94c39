package dev.sluice.node;

import dev.sluice.face.FaceChoice;
import dev.sluice.soci.index.FoundIndex;
import java.time.Duration;
import java.util.Set;

/**
 * When layers are lazy.
 *
 * @param enabled whether any is
 * @param searched where an index is looked for if none is asked for by digest
 * @param minLayerBytes compressed layers smaller than this are pulled whole
 * @param deadline how long a Prepare waits for an image's manifest and index
 * @param retryAfter how long "there is no index", or a failure to find out, is remembered
 * @param face how layers are shown
 */
public record LazyPolicy(
    boolean enabled,
    Set<FoundIndex.Way> searched,
    long minLayerBytes,
    Duration deadline,
    Duration retryAfter,
    FaceChoice face) {}
