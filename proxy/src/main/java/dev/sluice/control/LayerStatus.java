package dev.sluice.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One layer on this node.
 *
 * @param snapshot number of the snapshot that holds it
 * @param image reference of the image that brought it
 * @param digest of the compressed layer
 * @param lazy whether its bytes come when they are read; else it was unpacked
 * @param compressedBytes in the registry
 * @param bytes unpacked, 0 if unknown
 * @param cachedBytes of them on this node
 * @param touchedBytes compressed bytes of the spans of which anything was read since the service
 *     started
 * @param hintedBytes compressed bytes of the spans that hints name
 * @param index digest of the SOCI index, null if there is none
 * @param reads since the service started
 * @param failures reads that ended in an I/O error
 * @param lastFailure the reason of the last of them, null if there is none
 * @param fill how far it is from being all here, null if it is not lazy
 * @param fillFailure why filling it failed last, null if it did not
 * @param face who answers for it: fuse, erofs or disk; null if it is not lazy or not shown
 * @param faceReason why it has no better face, null if nothing is to be said
 * @param since when it came
 */
public record LayerStatus(
    long snapshot,
    String image,
    String digest,
    boolean lazy,
    long compressedBytes,
    long bytes,
    long cachedBytes,
    long touchedBytes,
    long hintedBytes,
    @Nullable String index,
    long reads,
    long failures,
    @Nullable String lastFailure,
    @Nullable String fill,
    @Nullable String fillFailure,
    @Nullable String face,
    @Nullable String faceReason,
    Instant since) {}
