package dev.sluice.soci.index;

import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;

/**
 * An index that was built, and the image it was built for.
 *
 * @param content the index manifest
 */
public record BuiltIndex(PlatformImage image, SociIndex index, Content content) {}
