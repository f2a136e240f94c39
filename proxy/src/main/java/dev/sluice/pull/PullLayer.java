package dev.sluice.pull;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;

/**
 * A layer as the image's documents name it.
 *
 * @param blob the compressed layer
 * @param diffId digest of the tar
 */
public record PullLayer(Descriptor blob, Digest diffId) {}
