package dev.sluice.pull;

import dev.sluice.fetch.BlobSource;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.List;
import java.util.function.Function;

/**
 * An image whose layers are to be pulled.
 *
 * @param manifest digest of the manifest, by which pulls of the same image join
 * @param blobs where the bytes of a layer are; may be called often and by any thread
 * @param layers those to pull, lowest first; a layer may be there several times
 */
public record PullImage(
    Digest manifest, Function<Descriptor, BlobSource> blobs, List<PullLayer> layers) {
  public PullImage {
    layers = List.copyOf(layers);
  }
}
