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
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The rules of a layout's {@code index.json}, shared by directories and archives. */
final class LayoutIndex {
  static final String INDEX_FILE = "index.json";
  static final String MARKER_FILE = "oci-layout";
  static final String MARKER = "{\"imageLayoutVersion\":\"1.0.0\"}";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  /** What containerd and nerdctl write beside {@link #REF_NAME}: the whole reference. */
  private static final String CONTAINERD_NAME = "io.containerd.image.name";

  private LayoutIndex() {}

  static Index empty() {
    return new Index(MediaTypes.OCI_INDEX, null, List.of(), null, new TreeMap<>());
  }

  /**
   * The document under a tag or digest. Without a tag it is the untagged image, else the only one.
   * Several entries that no tags tell apart are one image, an entry per platform, as
   * go-containerregistry writes it.
   */
  static Content resolve(
      Index index, String tagOrDigest, String store, Function<Digest, byte[]> reader) {
    if (Digest.isDigest(tagOrDigest)) {
      Digest digest = Digest.parse(tagOrDigest);
      return read(digest, typeIn(index, digest), reader);
    }
    List<Descriptor> entries =
        tagOrDigest.isEmpty() ? unnamed(index, reader) : named(index, tagOrDigest);
    Set<String> tags = tags(entries);
    if (entries.isEmpty()) {
      throw new SluiceException(
          FailureKind.NOT_FOUND,
          "find image in %s: no %s"
              .formatted(store, tagOrDigest.isEmpty() ? "image" : "tag '" + tagOrDigest + "'"),
          tags(index.manifests()).isEmpty()
              ? null
              : "it has " + String.join(", ", tags(index.manifests())),
          null);
    }
    if (entries.size() == 1) {
      return read(entries.getFirst().digest(), entries.getFirst().mediaType(), reader);
    }
    if (tags.size() > 1) {
      throw new SluiceException(
          FailureKind.INVALID,
          "find image in %s: it holds several, %s".formatted(store, String.join(", ", tags)),
          "name one: " + store + ":TAG",
          null);
    }
    return Content.of(
        MediaTypes.OCI_INDEX,
        OciJson.write(new Index(MediaTypes.OCI_INDEX, null, entries, null, index.annotations())));
  }

  /** The index after an image was stored under a tag, or as the untagged image. */
  static Index tagged(Index index, String tag, Content content, Function<Digest, byte[]> reader) {
    var kept = new ArrayList<Descriptor>();
    for (Descriptor entry : index.manifests()) {
      boolean replaced =
          tag.isEmpty() ? tagOf(entry) == null && !isArtifact(entry, reader) : isNamed(entry, tag);
      if (!replaced) {
        kept.add(entry);
      }
    }
    var annotations = new TreeMap<String, String>();
    if (!tag.isEmpty()) {
      annotations.put(REF_NAME, tag);
    }
    kept.add(entry(content, annotations, null));
    return new Index(MediaTypes.OCI_INDEX, null, kept, null, index.annotations());
  }

  /** The index after an artifact was stored that names a subject. */
  static Index withArtifact(Index index, Content content) {
    if (index.manifests().stream().anyMatch(e -> e.digest().equals(content.digest()))) {
      return index;
    }
    var entries = new ArrayList<>(index.manifests());
    Manifest manifest = OciJson.manifest(content);
    entries.add(referrer(content, manifest));
    return new Index(MediaTypes.OCI_INDEX, null, entries, null, index.annotations());
  }

  static boolean isArtifact(Content content) {
    return MediaTypes.isManifest(content.mediaType())
        && OciJson.manifest(content).subject() != null;
  }

  /** The manifests of the layout that refer to the subject. */
  static List<Descriptor> referrers(
      Index index, Digest subject, String artifactType, Function<Digest, byte[]> reader) {
    var found = new ArrayList<Descriptor>();
    for (Descriptor entry : index.manifests()) {
      if (!MediaTypes.isManifest(entry.mediaType())) {
        continue;
      }
      Content content = read(entry.digest(), entry.mediaType(), reader);
      Manifest manifest = OciJson.manifest(content);
      Descriptor of = manifest.subject();
      if (of != null && of.digest().equals(subject) && artifactType.equals(typeOf(manifest))) {
        found.add(referrer(content, manifest));
      }
    }
    return found;
  }

  /** The descriptor of an artifact as lists of referrers hold it. */
  static Descriptor referrer(Content content, Manifest manifest) {
    return entry(content, manifest.annotations(), typeOf(manifest));
  }

  private static Descriptor entry(
      Content content, SortedMap<String, String> annotations, @Nullable String artifactType) {
    Descriptor bare = content.descriptor();
    return new Descriptor(
        bare.mediaType(),
        bare.digest(),
        bare.size(),
        List.of(),
        annotations,
        null,
        null,
        artifactType);
  }

  private static String typeOf(Manifest manifest) {
    String own = manifest.artifactType();
    return own == null ? manifest.config().mediaType() : own;
  }

  private static List<Descriptor> named(Index index, String tag) {
    return index.manifests().stream().filter(entry -> isNamed(entry, tag)).toList();
  }

  private static List<Descriptor> unnamed(Index index, Function<Digest, byte[]> reader) {
    List<Descriptor> images =
        index.manifests().stream().filter(entry -> !isArtifact(entry, reader)).toList();
    List<Descriptor> untagged = images.stream().filter(entry -> tagOf(entry) == null).toList();
    return untagged.isEmpty() ? images : untagged;
  }

  /** Whether an untagged entry is something that refers to an image, not an image itself. */
  private static boolean isArtifact(Descriptor entry, Function<Digest, byte[]> reader) {
    if (tagOf(entry) != null || !MediaTypes.isManifest(entry.mediaType())) {
      return false;
    }
    try {
      return isArtifact(read(entry.digest(), entry.mediaType(), reader));
    } catch (SluiceException e) {
      if (e.kind() == FailureKind.NOT_FOUND) {
        return false;
      }
      throw e;
    }
  }

  private static boolean isNamed(Descriptor entry, String tag) {
    return tag.equals(tagOf(entry)) || tag.equals(entry.annotation(CONTAINERD_NAME));
  }

  private static @Nullable String tagOf(Descriptor entry) {
    return entry.annotation(REF_NAME);
  }

  private static Set<String> tags(List<Descriptor> entries) {
    var tags = new LinkedHashSet<String>();
    for (Descriptor entry : entries) {
      String tag = tagOf(entry);
      if (tag != null) {
        tags.add(tag);
      }
    }
    return tags;
  }

  private static String typeIn(Index index, Digest digest) {
    return index.manifests().stream()
        .filter(entry -> entry.digest().equals(digest))
        .map(Descriptor::mediaType)
        .findFirst()
        .orElse("");
  }

  private static Content read(Digest digest, String mediaType, Function<Digest, byte[]> reader) {
    byte[] bytes = reader.apply(digest);
    String type =
        mediaType.isEmpty() ? OciJson.mediaTypeOf("manifest " + digest, bytes) : mediaType;
    return new Content(type, digest, bytes);
  }
}
