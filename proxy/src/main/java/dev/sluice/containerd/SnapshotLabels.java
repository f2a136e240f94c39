package dev.sluice.containerd;

import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a snapshotter is told of the layer that a snapshot is for, in containerd's form. */
final class SnapshotLabels {
  static final String PREFIX = "containerd.io/snapshot/";
  static final String TARGET = "containerd.io/snapshot.ref";
  static final String IMAGE = PREFIX + "cri.image-ref";
  static final String MANIFEST = PREFIX + "cri.manifest-digest";
  static final String LAYER = PREFIX + "cri.layer-digest";
  static final String LAYERS = PREFIX + "cri.image-layers";
  static final String INDEX = PREFIX + "remote/soci.index.digest";

  /** containerd's bound of a label, name and value together. */
  private static final int LONGEST = 4096;

  private SnapshotLabels() {}

  /**
   * @param layers the layer and those above it
   */
  static Map<String, String> of(
      String image,
      Digest manifest,
      List<Descriptor> layers,
      Digest chainId,
      @Nullable Digest index) {
    Map<String, String> labels = new TreeMap<>();
    // As with containerd, a layer's annotations of this form are for the snapshotter.
    layers
        .getFirst()
        .annotations()
        .forEach((name, value) -> {
          if (name.startsWith(PREFIX) && name.length() + value.length() <= LONGEST) {
            labels.put(name, value);
          }
        });
    labels.put(TARGET, chainId.toString());
    labels.put(IMAGE, image);
    labels.put(MANIFEST, manifest.toString());
    labels.put(LAYER, layers.getFirst().digest().toString());
    labels.put(LAYERS, joined(layers));
    if (index != null) {
      labels.put(INDEX, index.toString());
    }
    return labels;
  }

  /** As many digests as fit. */
  private static String joined(List<Descriptor> layers) {
    StringBuilder joined = new StringBuilder();
    for (Descriptor layer : layers) {
      String digest = layer.digest().toString();
      if (LAYERS.length() + joined.length() + 1 + digest.length() > LONGEST) {
        break;
      }
      joined.append(joined.isEmpty() ? "" : ",").append(digest);
    }
    return joined.toString();
  }
}
