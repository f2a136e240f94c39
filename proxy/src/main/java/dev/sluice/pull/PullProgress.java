package dev.sluice.pull;

/**
 * How far the pull of an image is.
 *
 * @param layers all that have been asked for
 * @param layersDone unpacked and verified, claimed or not
 * @param bytes compressed, of all layers
 * @param fetchedBytes compressed, that have come
 * @param unpackedBytes of the layers' tars
 */
public record PullProgress(
    long layers, long layersDone, long bytes, long fetchedBytes, long unpackedBytes) {}
