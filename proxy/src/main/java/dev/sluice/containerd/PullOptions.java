package dev.sluice.containerd;

import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.oci.Platform;
import org.jspecify.annotations.Nullable;

/**
 * What to pull.
 *
 * @param snapshotter its name in containerd
 * @param platform null for the host's
 * @param index the SOCI index that a lazy snapshotter is to use, null for the one it finds
 */
public record PullOptions(
    ImageReference reference,
    String snapshotter,
    @Nullable Platform platform,
    @Nullable Digest index) {}
