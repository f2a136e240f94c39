package dev.sluice.mount;

import dev.sluice.fetch.BlobSource;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Platform;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What to mount where.
 *
 * @param store the image
 * @param platform wanted if the image has several; null for this machine's
 * @param indexDigest the SOCI index to use, null to look for one
 * @param blobs how to read ranges of a layer
 * @param target directory, made if missing
 * @param writable whether changes are taken (and thrown away at the end)
 */
public record MountRequest(
    ImageStore store,
    @Nullable Platform platform,
    @Nullable Digest indexDigest,
    Function<Descriptor, BlobSource> blobs,
    Path target,
    boolean writable) {}
