package dev.sluice.containerd;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import java.util.List;
import java.util.UUID;

/**
 * A layer offered to a snapshotter, as containerd does before it unpacks one.
 *
 * @param layers the layer and those above it
 * @param chainId the name under which the snapshotter is to commit it
 */
public record LayerOffer(
    ImageReference image, Digest manifest, List<Descriptor> layers, Digest chainId) {
  /**
   * @param client of containerd, or of a snapshotter itself
   * @param parent chain id of the layer below, empty if there is none
   * @return whether the snapshotter has it now
   */
  public boolean to(ContainerdClient client, String snapshotter, String parent) {
    return new Snapshots(client, snapshotter)
        .prepare(
            "extract-" + UUID.randomUUID() + " " + chainId,
            parent,
            SnapshotLabels.of(image.toString(), manifest, layers, chainId, null))
        .isEmpty();
  }
}
