package dev.sluice.containerd;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.List;

/**
 * What a pull has done.
 *
 * @param name of the image's record
 * @param root digest of what the reference names
 * @param manifest digest of the platform's manifest
 * @param chainId name of the snapshot that containers are made from, null if there are no layers
 */
public record PullReport(
    String name,
    Digest root,
    Digest manifest,
    @org.jspecify.annotations.Nullable Digest chainId,
    List<Layer> layers) {

  /** How a layer came to be a snapshot. */
  public enum Way {
    /** Its snapshot was there before. */
    PRESENT,
    /** The snapshotter brought it by itself, lazily or whole. */
    SNAPSHOTTER,
    /** It was fetched and unpacked by containerd. */
    UNPACKED
  }

  /**
   * @param fetchedBytes what was fetched into the content store for it
   */
  public record Layer(Descriptor layer, Way way, long fetchedBytes) {}
}
