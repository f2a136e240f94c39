package dev.sluice.soci.index;

import dev.sluice.soci.ztoc.Compression;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the media type of a layer says of its bytes, by containerd's rules. */
enum LayerFormat {
  GZIP(Compression.GZIP),
  PLAIN(Compression.UNCOMPRESSED),
  /** zstd, or something wrapped: it can't be indexed. */
  OTHER(null),
  /** Not a layer at all. */
  NONE(null);

  private static final String OCI_PREFIX = "application/vnd.oci.image.layer.";
  private static final Set<String> OCI_LAYERS =
      Set.of(
          "application/vnd.oci.image.layer.v1.tar",
          "application/vnd.oci.image.layer.nondistributable.v1.tar");
  private static final Set<String> DOCKER_PLAIN =
      Set.of(
          "application/vnd.docker.image.rootfs.diff.tar",
          "application/vnd.docker.image.rootfs.foreign.diff.tar");
  private static final Set<String> DOCKER_GZIP =
      Set.of(
          "application/vnd.docker.image.rootfs.diff.tar.gzip",
          "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  private static final String DOCKER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";

  private final @Nullable Compression compression;

  LayerFormat(@Nullable Compression compression) {
    this.compression = compression;
  }

  /** Null if the layer can't be indexed. */
  @Nullable Compression compression() {
    return compression;
  }

  static LayerFormat of(String mediaType) {
    int plus = mediaType.indexOf('+');
    String base = plus < 0 ? mediaType : mediaType.substring(0, plus);
    String suffix = plus < 0 ? "" : mediaType.substring(plus + 1);
    if (DOCKER_PLAIN.contains(base)) {
      return suffix.isEmpty() ? PLAIN : OTHER;
    }
    if (DOCKER_GZIP.contains(base)) {
      return suffix.isEmpty() ? GZIP : OTHER;
    }
    if (OCI_LAYERS.contains(base)) {
      return switch (suffix) {
        case "" -> PLAIN;
        case "gzip" -> GZIP;
        default -> OTHER;
      };
    }
    return mediaType.startsWith(OCI_PREFIX) || base.equals(DOCKER_ZSTD) ? OTHER : NONE;
  }
}
