package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Labels of snapshots: a label whose value is empty is none, as with containerd. */
final class LabelChange {
  private static final String ALL = "labels";
  private static final String ONE = "labels.";

  private LabelChange() {}

  static Map<String, String> stored(Map<String, String> labels) {
    Map<String, String> kept = new HashMap<>(labels);
    kept.values().removeIf(String::isEmpty);
    return Map.copyOf(kept);
  }

  /**
   * @param paths what is to change; all if empty
   * @throws SluiceException INVALID if a path is none of a label
   */
  static Map<String, String> apply(
      Snapshot snapshot, Map<String, String> labels, List<String> paths) {
    if (paths.isEmpty()) {
      return stored(labels);
    }
    Map<String, String> changed = new HashMap<>(snapshot.labels());
    for (String path : paths) {
      if (path.startsWith(ONE)) {
        String name = path.substring(ONE.length());
        changed.put(name, labels.getOrDefault(name, ""));
      } else if (path.equals(ALL)) {
        changed = new HashMap<>(labels);
      } else {
        throw new SluiceException(
            FailureKind.INVALID,
            "change " + path + " of snapshot " + snapshot.name() + ": only labels can be changed");
      }
    }
    return stored(changed);
  }
}
