package dev.sluice.mount;

import dev.sluice.oci.Descriptor;
import java.util.List;

/**
 * An image as it will be mounted.
 *
 * @param manifest the manifest of the chosen platform
 * @param indexNote which SOCI index is used, or why none is
 * @param layers lowest first
 */
record ImagePlan(Descriptor manifest, String indexNote, List<LayerPlan> layers) {
  long compressedBytes() {
    return layers.stream().mapToLong(plan -> plan.layer().size()).sum();
  }
}
