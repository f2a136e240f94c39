package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A SOCI index manifest: the ztocs of an image's layers in layer order, then its prefetch
 * artifacts. Its version is known by the media type of its configuration and nothing else.
 *
 * @param config descriptor of the document {@code {}}
 * @param subject the image manifest (v1), or null (v2)
 */
public record SociIndex(
    Version version,
    Descriptor config,
    List<Descriptor> layers,
    @Nullable Descriptor subject,
    SortedMap<String, String> annotations) {

  /** The document that {@link #config} names, which every index shares. */
  private static final String CONFIG_JSON = "{}";

  /** The two ways in which an index is bound to its image. */
  public enum Version {
    /** The index names the image as its subject; found by the Referrers API. */
    V1(MediaTypes.SOCI_INDEX_V1),
    /** An annotation of the image manifest names the index. */
    V2(MediaTypes.SOCI_INDEX_V2);

    private final String artifactType;

    Version(String artifactType) {
      this.artifactType = artifactType;
    }

    public String artifactType() {
      return artifactType;
    }
  }

  /**
   * @throws SluiceException CORRUPT if it is no manifest, UNSUPPORTED if it is no SOCI index
   */
  public static SociIndex parse(Content content) {
    return parse("SOCI index " + content.digest(), content.bytes());
  }

  /**
   * @param document names the document in errors
   */
  public static SociIndex parse(String document, byte[] json) {
    Manifest manifest = OciJson.manifest(document, json);
    String type = manifest.config().mediaType();
    for (Version version : Version.values()) {
      if (version.artifactType.equals(type)) {
        return new SociIndex(
            version,
            manifest.config(),
            manifest.layers(),
            manifest.subject(),
            manifest.annotations());
      }
    }
    throw new SluiceException(
        FailureKind.UNSUPPORTED,
        "parse %s: its configuration has media type '%s', so it is no SOCI index of version 1 or 2"
            .formatted(document, type));
  }

  static SociIndex of(
      Version version, List<Descriptor> layers, @Nullable Descriptor subject, String buildTool) {
    byte[] json = configBytes();
    var config = Descriptor.of(version.artifactType, Digest.sha256(json), json.length);
    var annotations = new TreeMap<String, String>();
    annotations.put(Annotations.BUILD_TOOL, buildTool);
    return new SociIndex(version, config, List.copyOf(layers), subject, annotations);
  }

  static byte[] configBytes() {
    return CONFIG_JSON.getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * The canonical bytes. AWS's snapshotter stores what it decoded and encoded again under the
   * original digest, so any other form would be refused there.
   */
  public Content content() {
    return Content.of(
        MediaTypes.OCI_MANIFEST,
        OciJson.write(
            new Manifest(MediaTypes.OCI_MANIFEST, null, config, layers, subject, annotations)));
  }

  public String buildTool() {
    return annotations.getOrDefault(Annotations.BUILD_TOOL, "");
  }

  /** The ztocs, in the order of the index. */
  public List<ZtocDescriptor> ztocs() {
    return layers.stream().flatMap(layer -> ZtocDescriptor.of(layer).stream()).toList();
  }

  /** The ztoc of a layer, empty if the layer is not indexed. */
  public Optional<ZtocDescriptor> ztocOf(Digest layer) {
    return ztocs().stream().filter(ztoc -> ztoc.layer().equals(layer)).findFirst();
  }

  /** The prefetch artifacts. */
  public List<Descriptor> prefetches() {
    return layers.stream()
        .filter(layer -> layer.mediaType().equals(MediaTypes.SOCI_PREFETCH))
        .toList();
  }

  /** The prefetch artifact of a layer, empty if it has none. */
  public Optional<Descriptor> prefetchOf(Digest layer) {
    return prefetches().stream()
        .filter(d -> layer.toString().equals(d.annotation(Annotations.LAYER_DIGEST)))
        .findFirst();
  }
}
