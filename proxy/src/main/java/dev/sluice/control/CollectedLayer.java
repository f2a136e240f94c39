package dev.sluice.control;

/**
 * A layer that was dropped from the cache.
 *
 * @param layer hex digits of the compressed layer's digest, and of its index; as the cache calls it
 * @param bytes that it took on disk
 */
public record CollectedLayer(String layer, long bytes) {}
