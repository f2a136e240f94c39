package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageCopy;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes a SOCI-enabled image (v2): an image index that holds, beside each indexed image, its SOCI
 * index, the two bound to each other by annotations.
 */
public final class Converter {
  /*
   * What is indexed changes: its manifest gets the annotation and OCI media types, because some
   * registries refuse Docker manifests beside OCI artifacts. What is not indexed stays as it is to
   * the byte, except that Docker manifests get OCI media types for the same reason. Attestations
   * name their image by a digest in an annotation, which is brought up to date.
   */
  private static final String ATTESTED_DIGEST = "vnd.docker.reference.digest";

  private final ImageStore source;
  private final ImageStore target;
  private final IndexOptions options;
  private final BuildListener listener;

  public Converter(
      ImageStore source, ImageStore target, IndexOptions options, BuildListener listener) {
    this.source = source;
    this.target = target;
    this.options = options;
    this.listener = listener;
  }

  /**
   * Converts the source's image and stores it as the target's.
   *
   * @param platforms what to index; empty for the host's, or for the only one of a single image
   * @param all index every platform
   * @return the image index
   */
  public Content convert(List<Platform> platforms, boolean all) {
    Content root = source.manifest("");
    List<Descriptor> entries = entries(root);
    List<PlatformImage> images = PlatformImage.all(source, root);
    Map<Digest, BuiltIndex> built = new HashMap<>();
    Map<Digest, Platform> asked = new LinkedHashMap<>();
    for (Platform platform : wanted(root, images, platforms, all)) {
      PlatformImage image = PlatformImage.select(source, root, platform);
      Optional<BuiltIndex> index = build(image);
      if (index.isPresent()) {
        built.put(image.content().digest(), index.get());
        asked.put(image.content().digest(), platform);
      } else {
        listener.note(Platforms.format(platform) + ": every layer was skipped, so it has no index");
      }
    }
    if (built.isEmpty()) {
      throw IndexBuilder.nothingBuilt(source);
    }
    Map<Digest, Digest> renamed = new HashMap<>();
    List<Descriptor> converted = new ArrayList<>();
    List<Descriptor> indexes = new ArrayList<>();
    for (Descriptor entry : entries) {
      BuiltIndex index = built.get(entry.digest());
      boolean replaced = isIndexFor(entry, asked.values());
      Descriptor now = replaced ? entry : convert(entry, index);
      renamed.put(entry.digest(), now.digest());
      converted.add(now);
      if (index != null) {
        indexes.add(
            bound(index, now, asked.getOrDefault(entry.digest(), index.image().platform())));
      }
    }
    converted.replaceAll(entry -> reattested(entry, renamed));
    addIndexes(converted, indexes);
    Content content = imageIndex(root, converted);
    target.putManifest("", content);
    return content;
  }

  /* A layer that is to be copied to a local store anyway is copied first, and read from there. */
  private Optional<BuiltIndex> build(PlatformImage image) {
    ImageStore layers = source;
    if (source.isRemote() && !target.isRemote()) {
      new ImageCopy(source, target, listener::copied).blobsOf(image.manifest());
      layers = target;
    }
    return new IndexBuilder(source, layers, target, options, listener)
        .build(image, SociIndex.Version.V2);
  }

  /** What the image index will hold of the source: an image alone becomes its only entry. */
  private List<Descriptor> entries(Content root) {
    if (!MediaTypes.isIndex(root.mediaType())) {
      return List.of(root.descriptor());
    }
    var present = new ArrayList<Descriptor>();
    for (Descriptor entry : OciJson.index(root).manifests()) {
      if (source.findManifest(entry.digest().toString()).isPresent()) {
        present.add(entry);
      } else {
        listener.note(
            "manifest %s is not in %s, so it is left out".formatted(entry.digest(), source));
      }
    }
    return present;
  }

  private List<Platform> wanted(
      Content root, List<PlatformImage> images, List<Platform> platforms, boolean all) {
    if (images.isEmpty()) {
      throw new SluiceException(
          FailureKind.UNSUPPORTED, "convert %s: it holds no image".formatted(source));
    }
    if (all) {
      return Platforms.distinct(images.stream().map(PlatformImage::platform).toList());
    }
    if (!platforms.isEmpty()) {
      return Platforms.distinct(platforms);
    }
    return MediaTypes.isIndex(root.mediaType()) && images.size() > 1
        ? List.of(Platforms.host())
        : List.of(images.getFirst().platform());
  }

  /** Copies what an entry names, and the entry itself in its new form. */
  private Descriptor convert(Descriptor entry, @Nullable BuiltIndex index) {
    Content content = source.manifest(entry.digest().toString());
    var copy = new ImageCopy(source, target, listener::copied);
    boolean kept = index == null && (PlatformImage.isArtifact(entry) || !isDockerManifest(content));
    if (kept) {
      copy.graph(content);
      return entry;
    }
    Manifest manifest = OciJson.manifest(content);
    copy.blobsOf(manifest);
    Manifest rewritten = rewritten(manifest, index);
    Content now = Content.of(MediaTypes.OCI_MANIFEST, OciJson.write(rewritten));
    target.putByDigest(now);
    var annotations = new TreeMap<>(entry.annotations());
    annotations.putAll(rewritten.annotations());
    Platform platform = entry.platform();
    if (platform == null && index != null) {
      platform = index.image().platform();
    }
    return new Descriptor(
        now.mediaType(),
        now.digest(),
        now.bytes().length,
        entry.urls(),
        annotations,
        null,
        platform,
        entry.artifactType());
  }

  private static boolean isDockerManifest(Content content) {
    return content.mediaType().equals(MediaTypes.DOCKER_MANIFEST);
  }

  private static Manifest rewritten(Manifest manifest, @Nullable BuiltIndex index) {
    Descriptor c = manifest.config();
    var config =
        new Descriptor(
            MediaTypes.OCI_CONFIG,
            c.digest(),
            c.size(),
            c.urls(),
            c.annotations(),
            c.data(),
            c.platform(),
            c.artifactType());
    var annotations = new TreeMap<>(manifest.annotations());
    if (index != null) {
      annotations.put(Annotations.INDEX_DIGEST, index.content().digest().toString());
    }
    return new Manifest(
        MediaTypes.OCI_MANIFEST,
        manifest.artifactType(),
        config,
        manifest.layers(),
        manifest.subject(),
        annotations);
  }

  private static Descriptor bound(BuiltIndex index, Descriptor image, Platform platform) {
    var annotations = new TreeMap<String, String>();
    annotations.put(Annotations.IMAGE_MANIFEST_DIGEST, image.digest().toString());
    return new Descriptor(
        index.content().mediaType(),
        index.content().digest(),
        index.content().bytes().length,
        List.of(),
        annotations,
        null,
        platform,
        MediaTypes.SOCI_INDEX_V2);
  }

  private static Descriptor reattested(Descriptor entry, Map<Digest, Digest> renamed) {
    String attested = entry.annotation(ATTESTED_DIGEST);
    if (attested == null || !Digest.isDigest(attested)) {
      return entry;
    }
    var annotations = new TreeMap<>(entry.annotations());
    Digest was = Digest.parse(attested);
    annotations.put(ATTESTED_DIGEST, renamed.getOrDefault(was, was).toString());
    return new Descriptor(
        entry.mediaType(),
        entry.digest(),
        entry.size(),
        entry.urls(),
        annotations,
        entry.data(),
        entry.platform(),
        entry.artifactType());
  }

  /** Each in the place of the one for its platform that it replaces, else at the end. */
  private static void addIndexes(List<Descriptor> entries, List<Descriptor> indexes) {
    for (Descriptor index : indexes) {
      Platform platform = index.platform();
      List<Platform> own = platform == null ? List.of() : List.of(platform);
      int at = 0;
      while (at < entries.size() && !isIndexFor(entries.get(at), own)) {
        at++;
      }
      if (at < entries.size()) {
        entries.set(at, index);
      } else {
        entries.add(index);
      }
    }
  }

  private static boolean isIndexFor(Descriptor entry, Collection<Platform> platforms) {
    Platform of = entry.platform();
    return MediaTypes.SOCI_INDEX_V2.equals(entry.artifactType())
        && of != null
        && platforms.stream().anyMatch(platform -> Platforms.matches(platform, of));
  }

  private static Content imageIndex(Content root, List<Descriptor> entries) {
    Index was =
        MediaTypes.isIndex(root.mediaType())
            ? OciJson.index(root)
            : new Index(null, null, List.of(), null, new TreeMap<>());
    return Content.of(
        MediaTypes.OCI_INDEX,
        OciJson.write(
            new Index(
                MediaTypes.OCI_INDEX,
                was.artifactType(),
                entries,
                was.subject(),
                was.annotations())));
  }
}
