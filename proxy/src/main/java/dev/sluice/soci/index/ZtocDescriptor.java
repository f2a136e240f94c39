package dev.sluice.soci.index;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import java.util.Optional;
import java.util.Set;

/**
 * What an index says of a ztoc.
 *
 * @param descriptor the ztoc itself
 * @param layer digest of the compressed layer that it describes
 * @param layerMediaType media type of that layer, "" if the index does not say
 * @param spanSize bytes that its builder aimed at, 0 if the index does not say
 * @param xattrsDisabled whether the builder found no extended attributes and no opaque directories
 */
public record ZtocDescriptor(
    Descriptor descriptor,
    Digest layer,
    String layerMediaType,
    long spanSize,
    boolean xattrsDisabled) {
  /** What Go's strconv.ParseBool takes for true; anything else is false. */
  private static final Set<String> TRUE = Set.of("1", "t", "T", "TRUE", "true", "True");

  /** Empty if the descriptor is no ztoc's or does not name its layer. */
  static Optional<ZtocDescriptor> of(Descriptor d) {
    String layer = d.annotations().getOrDefault(Annotations.LAYER_DIGEST, "");
    if (!d.mediaType().equals(MediaTypes.SOCI_ZTOC) || !Digest.isDigest(layer)) {
      return Optional.empty();
    }
    return Optional.of(
        new ZtocDescriptor(
            d,
            Digest.parse(layer),
            d.annotations().getOrDefault(Annotations.LAYER_MEDIA_TYPE, ""),
            spanSize(d.annotations().getOrDefault(Annotations.SPAN_SIZE, "")),
            TRUE.contains(d.annotations().getOrDefault(Annotations.DISABLE_XATTRS, ""))));
  }

  private static long spanSize(String text) {
    try {
      return Math.max(0, Long.parseLong(text));
    } catch (NumberFormatException e) {
      return 0;
    }
  }
}
