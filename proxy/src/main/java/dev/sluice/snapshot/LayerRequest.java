package dev.sluice.snapshot;

import dev.sluice.oci.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What containerd says, by labels of a Prepare, about the layer that the snapshot is to hold.
 *
 * @param target name that the snapshot is committed under: the layer's chain id ({@code
 *     containerd.io/snapshot.ref})
 * @param image reference as the user wrote it ({@code …/cri.image-ref})
 * @param manifest of the image for this platform ({@code …/cri.manifest-digest})
 * @param layer the compressed layer ({@code …/cri.layer-digest})
 * @param layers this layer and those above it, as far as the label's length allowed ({@code
 *     …/cri.image-layers})
 * @param wanted paths and patterns of files that are to be fetched first, in order ({@code
 *     …/sluice.prefetch})
 * @param index the SOCI index to use, null to look for one ({@code …/remote/soci.index.digest})
 */
public record LayerRequest(
    String target,
    String image,
    Digest manifest,
    Digest layer,
    List<Digest> layers,
    List<String> wanted,
    @Nullable Digest index) {}
