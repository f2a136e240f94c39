package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.SociIndex;
import dev.sluice.soci.index.SociIndexFinder;
import dev.sluice.soci.index.ZtocDescriptor;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which index of an image a command means. */
final class IndexedImage {
  @Option(
      names = {"-p", "--platform"},
      paramLabel = "OS/ARCH",
      description = "The platform of the image (default: the only one, or this machine's).")
  private @Nullable Platform platform;

  @Option(
      names = "--index",
      paramLabel = "DIGEST",
      description = "The SOCI index to use (default: the one that a mount would use).")
  private @Nullable Digest index;

  /** The index, with its manifest where the image itself was named, not its index. */
  FoundIndex find(ImageStore store) {
    Content root = store.manifest("");
    if (MediaTypes.isManifest(root.mediaType()) && isSociIndex(root)) {
      return new FoundIndex(SociIndex.parse(root), root.digest(), FoundIndex.Way.EXPLICIT);
    }
    if (index != null && platform == null) {
      return SociIndexFinder.find(store, root, index).orElseThrow();
    }
    PlatformImage image = PlatformImage.choose(store, root, platform);
    return SociIndexFinder.find(store, image.content(), index)
        .orElseThrow(() ->
            new SluiceException(
                FailureKind.NOT_FOUND,
                "find SOCI index of " + store + ": it has none",
                "make one: sluice create " + store,
                null));
  }

  /**
   * The ztocs to look at, highest layer first: all, or that of a layer.
   *
   * @param layer digest of a layer or the beginning of its hex digits, or null
   */
  static List<ZtocDescriptor> ztocs(FoundIndex found, @Nullable String layer) {
    List<ZtocDescriptor> ztocs =
        found.index().ztocs().reversed().stream()
            .filter(ztoc -> layer == null || names(ztoc.layer(), layer))
            .toList();
    if (ztocs.isEmpty() || (layer != null && ztocs.size() > 1)) {
      throw new SluiceException(
          ztocs.isEmpty() ? FailureKind.NOT_FOUND : FailureKind.INVALID,
          "find ztoc of layer '%s' in index %s: %s"
              .formatted(
                  layer, found.digest(), ztocs.isEmpty() ? "there is none" : "several layers fit"),
          "sluice index info lists the layers that have one",
          null);
    }
    return ztocs;
  }

  static boolean names(Digest digest, String text) {
    return digest.toString().equals(text)
        || (text.length() >= 4 && digest.hex().startsWith(text.replaceFirst("^sha256:", "")));
  }

  private static boolean isSociIndex(Content content) {
    Descriptor config = OciJson.manifest(content).config();
    return config.mediaType().equals(MediaTypes.SOCI_INDEX_V1)
        || config.mediaType().equals(MediaTypes.SOCI_INDEX_V2);
  }
}
