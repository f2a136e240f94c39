package dev.sluice.mount;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a layer before it is opened.
 *
 * @param layer the compressed layer
 * @param diffId digest of its decompressed tar
 * @param ztoc its ztoc, null if the index has none: then the layer is pulled whole
 */
public record LayerPlan(Descriptor layer, Digest diffId, @Nullable Descriptor ztoc) {
  /** Names the layer for people. */
  public String label() {
    return layer.digest().algorithm() + ":" + layer.digest().brief();
  }
}
