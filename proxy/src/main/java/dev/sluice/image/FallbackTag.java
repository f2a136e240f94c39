package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The list of referrers that clients keep under the tag {@code sha256-<hex>} where a registry has
 * no Referrers API (distribution-spec, "Unavailable Referrers API").
 */
final class FallbackTag {
  /** How often to try again when another client wrote the tag between our read and our write. */
  private static final int TRIES = 4;

  private final RegistryImageStore store;

  FallbackTag(RegistryImageStore store) {
    this.store = store;
  }

  static String of(Digest subject) {
    return subject.algorithm()
        + "-"
        + subject.hex().substring(0, Math.min(64, subject.hex().length()));
  }

  void add(Content artifact) {
    Manifest manifest = OciJson.manifest(artifact);
    Descriptor subject = manifest.subject();
    if (subject == null) {
      return;
    }
    String tag = of(subject.digest());
    for (int i = 0; i < TRIES; i++) {
      Index index = read(tag);
      if (holds(index, artifact.digest())) {
        return;
      }
      Index grown = LayoutIndex.withArtifact(index, artifact);
      store.putTag(tag, Content.of(MediaTypes.OCI_INDEX, OciJson.write(grown)));
    }
    if (!holds(read(tag), artifact.digest())) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "enter "
              + artifact.digest()
              + " in tag "
              + tag
              + " of "
              + store
              + ": others keep replacing it",
          "run the command again",
          null);
    }
  }

  private Index read(String tag) {
    Optional<Content> content = store.findManifest(tag);
    if (content.isEmpty()) {
      return new Index(MediaTypes.OCI_INDEX, null, List.of(), null, new TreeMap<>());
    }
    if (!MediaTypes.isIndex(content.get().mediaType())) {
      throw Failures.corrupt(
          "enter a referrer in tag " + tag + " of " + store, "the tag holds no index");
    }
    return OciJson.index(content.get());
  }

  private static boolean holds(Index index, Digest digest) {
    return index.manifests().stream().anyMatch(entry -> entry.digest().equals(digest));
  }
}
