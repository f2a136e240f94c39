package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.ImageConfig;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The image of one platform.
 *
 * @param content the manifest with its digest
 * @param manifest the same, parsed
 */
public record PlatformImage(Platform platform, Content content, Manifest manifest) {
  private static final int MAX_NESTING = 4;

  /**
   * The platform images under a manifest or index, in its order. Left out are artifacts (SOCI
   * indexes, attestations) and manifests that the store does not hold.
   */
  public static List<PlatformImage> all(ImageStore store, Content root) {
    var images = new ArrayList<PlatformImage>();
    collect(store, root, images, 0);
    return images;
  }

  /**
   * The image for a platform.
   *
   * @throws SluiceException NOT_FOUND, naming the platforms that there are
   */
  public static PlatformImage select(ImageStore store, Content root, Platform wanted) {
    List<PlatformImage> images = all(store, root);
    for (PlatformImage image : images) {
      if (Platforms.matches(wanted, image.platform)) {
        return image;
      }
    }
    Set<String> offered = new LinkedHashSet<>();
    images.forEach(image -> offered.add(Platforms.format(image.platform)));
    throw new SluiceException(
        FailureKind.NOT_FOUND,
        "find image for %s in %s: there is none".formatted(Platforms.format(wanted), store),
        offered.isEmpty() ? null : "there is " + String.join(", ", offered),
        null);
  }

  /**
   * The image that a user means: for the platform asked for, else the only one, else the host's.
   *
   * @throws SluiceException NOT_FOUND, naming the platforms that there are
   */
  public static PlatformImage choose(ImageStore store, Content root, @Nullable Platform asked) {
    if (asked == null) {
      List<PlatformImage> images = all(store, root);
      if (images.size() == 1) {
        return images.getFirst();
      }
    }
    return select(store, root, asked == null ? Platforms.host() : asked);
  }

  /** The image configuration, which holds the diff ids. */
  public ImageConfig config(ImageStore store) {
    return readConfig(store, manifest);
  }

  private static void collect(
      ImageStore store, Content root, List<PlatformImage> images, int depth) {
    if (!MediaTypes.isIndex(root.mediaType())) {
      Manifest manifest = OciJson.manifest(root);
      images.add(
          new PlatformImage(
              Platforms.normalize(readConfig(store, manifest).platform()), root, manifest));
      return;
    }
    if (depth == MAX_NESTING) {
      throw Failures.corrupt(
          "read index " + root.digest() + " of " + store,
          "indexes are nested deeper than " + MAX_NESTING);
    }
    Index index = OciJson.index(root);
    for (Descriptor entry : index.manifests()) {
      if (isArtifact(entry)) {
        continue;
      }
      Optional<Content> child = store.findManifest(entry.digest().toString());
      if (child.isEmpty()) {
        continue;
      }
      Platform platform = entry.platform();
      if (platform == null || MediaTypes.isIndex(child.get().mediaType())) {
        collect(store, child.get(), images, depth + 1);
      } else {
        images.add(new PlatformImage(platform, child.get(), OciJson.manifest(child.get())));
      }
    }
  }

  /** Whether an entry of an index is something beside an image: nothing that could be run. */
  public static boolean isArtifact(Descriptor entry) {
    Platform platform = entry.platform();
    return entry.artifactType() != null
        || (platform != null
            && (platform.os().equals("unknown") || platform.architecture().equals("unknown")))
        || !(MediaTypes.isManifest(entry.mediaType()) || MediaTypes.isIndex(entry.mediaType()));
  }

  private static ImageConfig readConfig(ImageStore store, Manifest manifest) {
    Descriptor config = manifest.config();
    return OciJson.config(
        "image configuration " + config.digest() + " of " + store,
        store.smallBlob(config, OciJson.MAX_DOCUMENT_BYTES));
  }
}
