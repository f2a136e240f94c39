package dev.sluice.oci;

import java.util.List;

/**
 * What Sluice needs of an image's configuration.
 *
 * @param diffIds digests of the decompressed layers, lowest first
 */
public record ImageConfig(Platform platform, List<Digest> diffIds) {}
