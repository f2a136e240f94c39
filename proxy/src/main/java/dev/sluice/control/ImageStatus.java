package dev.sluice.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An image whose layers are here.
 *
 * @param reference as its user wrote it
 * @param manifest digest of the platform's manifest, "" if unknown
 * @param layers layers that Sluice brought
 * @param lazyLayers of those, the ones whose bytes come when they are read
 * @param compressedBytes of these layers in the registry
 * @param bytes of these layers unpacked
 * @param cachedBytes of the lazy layers' unpacked bytes that are on this node
 * @param touchedBytes compressed bytes of the lazy layers' spans of which anything was read since
 *     the service started
 * @param reads of the lazy layers' files that containers made since the service started
 * @param failures reads of them that ended in an I/O error
 * @param fill how far its lazy layers are from being all here, null if it has none
 * @param pinned whether their cached bytes are never evicted
 * @param profile whether it is known what its containers read first
 * @param since when the first of the layers came
 */
public record ImageStatus(
    String reference,
    String manifest,
    int layers,
    int lazyLayers,
    long compressedBytes,
    long bytes,
    long cachedBytes,
    long touchedBytes,
    long reads,
    long failures,
    @Nullable String fill,
    boolean pinned,
    boolean profile,
    Instant since) {}
