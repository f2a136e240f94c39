package dev.sluice.containerd;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.ImageConfig;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The documents of an image for one platform.
 *
 * @param path from what the reference names down to the manifest: indexes, then the manifest
 */
record ImageTree(List<Content> path, Manifest manifest, byte[] configBytes, ImageConfig config) {
  private static final int DEEPEST = 4;

  /** Brings the documents; a decorator may look for them nearer first. */
  interface Documents {
    Content manifest(Descriptor descriptor);

    byte[] config(Descriptor descriptor);
  }

  /**
   * @param asked the platform, null for the only one that there is, else the host's
   * @throws SluiceException NOT_FOUND, naming the platforms that there are
   */
  static ImageTree resolve(
      Content root, Documents documents, ImageStore store, @Nullable Platform asked) {
    List<Content> path = new ArrayList<>(List.of(root));
    if (MediaTypes.isIndex(root.mediaType())) {
      Platform wanted = asked == null ? Platforms.host() : asked;
      Set<String> offered = new LinkedHashSet<>();
      if (!descend(root, documents, wanted, path, offered)
          && !(asked == null
              && offered.size() == 1
              && descend(
                  root, documents, Platforms.parse(offered.iterator().next()), path, offered))) {
        throw none(store, wanted, offered);
      }
    }
    Manifest manifest = OciJson.manifest(path.getLast());
    byte[] config = documents.config(manifest.config());
    ImageConfig parsed =
        OciJson.config(
            "image configuration " + manifest.config().digest() + " of " + store, config);
    if (!MediaTypes.isIndex(root.mediaType())
        && asked != null
        && !Platforms.matches(asked, parsed.platform())) {
      throw none(store, asked, Set.of(Platforms.format(parsed.platform())));
    }
    if (parsed.diffIds().size() != manifest.layers().size()) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read %s: its manifest has %d layers, its configuration %d"
              .formatted(store, manifest.layers().size(), parsed.diffIds().size()));
    }
    return new ImageTree(List.copyOf(path), manifest, config, parsed);
  }

  /** Looks for the platform below an index; adds what lies on the way to {@code path}. */
  private static boolean descend(
      Content at, Documents documents, Platform wanted, List<Content> path, Set<String> offered) {
    if (path.size() > DEEPEST) {
      return false;
    }
    for (Descriptor entry : OciJson.index(at).manifests()) {
      Platform platform = entry.platform();
      if (PlatformImage.isArtifact(entry)) {
        continue;
      }
      if (MediaTypes.isIndex(entry.mediaType())) {
        Content child = documents.manifest(entry);
        path.add(child);
        if (descend(child, documents, wanted, path, offered)) {
          return true;
        }
        path.removeLast();
        continue;
      }
      Platform known = platform == null ? platformOf(entry, documents) : platform;
      if (Platforms.matches(wanted, known)) {
        path.add(documents.manifest(entry));
        return true;
      }
      offered.add(Platforms.format(Platforms.normalize(known)));
    }
    return false;
  }

  private static Platform platformOf(Descriptor entry, Documents documents) {
    Descriptor config = OciJson.manifest(documents.manifest(entry)).config();
    return OciJson.config("image configuration " + config.digest(), documents.config(config))
        .platform();
  }

  private static SluiceException none(ImageStore store, Platform wanted, Set<String> offered) {
    return new SluiceException(
        FailureKind.NOT_FOUND,
        "find image for %s in %s: there is none".formatted(Platforms.format(wanted), store),
        offered.isEmpty() ? null : "there is " + String.join(", ", offered),
        null);
  }

  Content root() {
    return path.getFirst();
  }

  /** Chain ids: the names of the snapshots, lowest first. */
  List<Digest> chainIds() {
    List<Digest> chain = new ArrayList<>();
    for (Digest diffId : config.diffIds()) {
      chain.add(
          chain.isEmpty()
              ? diffId
              : Digest.sha256(
                  (chain.getLast() + " " + diffId)
                      .getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
    return chain;
  }
}
