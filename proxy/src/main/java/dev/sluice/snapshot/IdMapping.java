package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the ids in a container are ids of the host, as labels say. */
record IdMapping(String uids, String gids) {
  private static final String UIDS = "containerd.io/snapshot/uidmapping";
  private static final String GIDS = "containerd.io/snapshot/gidmapping";

  /**
   * The mapping that the labels ask for, null if none.
   *
   * @throws SluiceException INVALID
   */
  static @Nullable IdMapping of(Map<String, String> labels) {
    String uids = labels.get(UIDS);
    String gids = labels.get(GIDS);
    if (uids == null && gids == null) {
      return null;
    }
    IdMapping mapping = new IdMapping(uids == null ? "" : uids, gids == null ? "" : gids);
    mapping.root();
    return mapping;
  }

  /** Who is root in the container. */
  Directories.Owner root() {
    return new Directories.Owner(hostIdOfRoot(UIDS, uids), hostIdOfRoot(GIDS, gids));
  }

  /** A mapping is {@code container:host:count}, several are separated by commas. */
  private static int hostIdOfRoot(String label, String mappings) {
    Integer root = null;
    for (String mapping : mappings.split(",", -1)) {
      String[] numbers = mapping.split(":", -1);
      if (numbers.length != 3) {
        throw invalid(label, mappings, "a part is not container:host:count");
      }
      try {
        long container = Integer.parseUnsignedInt(numbers[0]) & 0xffffffffL;
        int host = Integer.parseUnsignedInt(numbers[1]);
        long count = Integer.parseUnsignedInt(numbers[2]) & 0xffffffffL;
        if (root == null && container == 0 && count > 0) {
          root = host;
        }
      } catch (NumberFormatException e) {
        throw invalid(label, mappings, "a part is no number of 32 bits");
      }
    }
    if (root == null) {
      throw invalid(label, mappings, "it does not say who root is");
    }
    return root;
  }

  private static SluiceException invalid(String label, String value, String what) {
    return new SluiceException(FailureKind.INVALID, "label " + label + "=" + value + ": " + what);
  }
}
