package dev.sluice.snapshot;

import dev.sluice.oci.Digest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The labels by which containerd and its clients say what a snapshot is for. */
final class LayerLabels {
  /** Chain id of the layer; name of the committed snapshot that the client wants. */
  static final String TARGET = "containerd.io/snapshot.ref";

  static final String IMAGE = "containerd.io/snapshot/cri.image-ref";
  static final String MANIFEST = "containerd.io/snapshot/cri.manifest-digest";
  static final String LAYER = "containerd.io/snapshot/cri.layer-digest";
  private static final String LAYERS = "containerd.io/snapshot/cri.image-layers";
  private static final String INDEX = "containerd.io/snapshot/remote/soci.index.digest";

  /** Files to fetch first: paths and patterns with commas between them. Ours alone. */
  private static final String WANTED = "containerd.io/snapshot/sluice.prefetch";

  /** Says that the layer did not come through containerd; the value is what all others use. */
  private static final String REMOTE = "containerd.io/snapshot/remote";

  private static final String REMOTE_VALUE = "remote snapshot";

  private LayerLabels() {}

  /** The layer that is meant; null if a label is missing or malformed. */
  static @Nullable LayerRequest parse(Map<String, String> labels) {
    String target = labels.getOrDefault(TARGET, "");
    String image = labels.getOrDefault(IMAGE, "");
    Digest manifest = digest(labels.get(MANIFEST));
    Digest layer = digest(labels.get(LAYER));
    String index =
        labels.getOrDefault(INDEX, ""); // nerdctl gives an empty one if none is asked for
    boolean indexIsWrong = !index.isEmpty() && digest(index) == null;
    if (target.isEmpty() || image.isEmpty() || manifest == null || layer == null || indexIsWrong) {
      return null;
    }
    List<Digest> layers = layers(layer, labels.getOrDefault(LAYERS, ""));
    return new LayerRequest(
        target,
        image,
        manifest,
        layer,
        layers,
        wanted(labels.getOrDefault(WANTED, "")),
        digest(index));
  }

  /** The labels of a snapshot that Sluice brought. */
  static Map<String, String> remote(Map<String, String> labels) {
    Map<String, String> all = new HashMap<>(labels);
    all.put(REMOTE, REMOTE_VALUE);
    return Map.copyOf(all);
  }

  /** What the list says as far as it can be read; it may have been cut anywhere. */
  private static List<Digest> layers(Digest layer, String list) {
    List<Digest> layers = new ArrayList<>();
    for (String each : list.split(",", -1)) {
      Digest digest = digest(each);
      if (digest == null) {
        break; // cut, or empty
      }
      layers.add(digest);
    }
    return layers.isEmpty() ? List.of(layer) : List.copyOf(layers);
  }

  private static List<String> wanted(String list) {
    return list.isEmpty() ? List.of() : List.of(list.split(",", -1));
  }

  private static @Nullable Digest digest(@Nullable String text) {
    return text != null && Digest.isDigest(text) ? Digest.parse(text) : null;
  }
}
