package dev.sluice.node;

import dev.sluice.cache.LayerKey;
import dev.sluice.face.FaceStatus;
import dev.sluice.layer.LayerReads;
import dev.sluice.layer.MountedLayer;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageReference;
import dev.sluice.soci.ztoc.SpanTable;
import org.jspecify.annotations.Nullable;

/**
 * How a lazy snapshot is doing.
 *
 * @param image whose pull brought it
 * @param layer the compressed layer
 * @param key names its bytes in the cache
 * @param index the SOCI index that is used
 * @param bytes of the unpacked tar
 * @param cachedBytes of them on this node's disk
 * @param touchedBytes compressed bytes of the spans that readers asked for since it is shown
 * @param mounted as it is shown
 * @param spans null if its bytes do not come on demand
 * @param reads of its files that came to us; with a better face than FUSE the kernel answers some
 * @param face how it is shown
 */
public record LazyStatus(
    ImageReference image,
    Descriptor layer,
    LayerKey key,
    @Nullable Digest index,
    long bytes,
    long cachedBytes,
    long touchedBytes,
    LayerReads reads,
    MountedLayer mounted,
    @Nullable SpanTable spans,
    FaceStatus face) {
  static LazyStatus of(LazyLayers.Shown shown, FaceStatus face) {
    return new LazyStatus(
        shown.record().image(),
        shown.record().layer().layer(),
        shown.open().bytes().key(),
        shown.record().index(),
        shown.open().bytes().map().size(),
        shown.open().bytes().bytesOnDisk(),
        touched(shown),
        shown.mounted().reads(),
        shown.mounted(),
        shown.open().spans(),
        face);
  }

  private static long touched(LazyLayers.Shown shown) {
    SpanTable spans = shown.open().spans();
    long bytes = 0;
    for (int span = 0; spans != null && span < spans.count(); span++) {
      if (shown.open().bytes().touched(span)) {
        bytes += spans.compressedEnd(span) - spans.compressedStart(span);
      }
    }
    return bytes;
  }
}
