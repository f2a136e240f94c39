package dev.sluice.control;

/**
 * What of an image is in the cache.
 *
 * @param reference as the service calls the image
 * @param layers that are lazy
 * @param bytes of these layers unpacked
 * @param cachedBytes of them on this node's disk
 * @param pinned whether they stay there
 */
public record ImageCache(
    String reference, int layers, long bytes, long cachedBytes, boolean pinned) {
  public long missingBytes() {
    return bytes - cachedBytes;
  }
}
