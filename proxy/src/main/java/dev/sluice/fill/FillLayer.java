package dev.sluice.fill;

import dev.sluice.cache.LayerCache;
import dev.sluice.cache.LayerKey;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.function.LongSupplier;

/**
 * A lazy layer that is shown on this node.
 *
 * @param image reference of the image that brought it
 * @param layer the compressed layer
 * @param diffId digest of its tar
 * @param running whether a container has it
 * @param wrong whether an earlier check found that its tar is not that
 * @param reads how often its files were read
 */
public record FillLayer(
    String image,
    Descriptor layer,
    Digest diffId,
    LayerCache bytes,
    boolean running,
    boolean wrong,
    LongSupplier reads) {
  public LayerKey key() {
    return bytes.key();
  }

  /** About the bytes to fetch for some of the unpacked ones. */
  long compressed(long unpacked) {
    long all = bytes.map().size();
    return all == 0 ? 0 : (long) ((double) layer.size() / all * unpacked);
  }
}
