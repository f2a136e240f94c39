package dev.sluice.load;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Compares the root file systems of running containers, one on overlayfs and one of ours. */
final class RootFilesystems {
  /** runc makes these in every container, whose times are that container's own. */
  private static final Set<String> OF_RUNC = Set.of("/", "/dev", "/proc", "/run", "/sys");

  /**
   * containerd's unpacking drops attributes that begin with "trusted." and makes times before 1970
   * 1970; lazily the image shows as it is.
   */
  private static final Set<String> OF_CONTAINERD = Set.of("/odd/attributes", "/odd/before-epoch");

  private RootFilesystems() {}

  /** Where a running container differs from another, besides what must differ. */
  static List<String> differences(Trees trees, Path overlayfs, Path ours) {
    return trees.differences(overlayfs, ours).stream()
        .filter(each -> !OF_RUNC.contains(each.lines().findFirst().orElse("")))
        .filter(each -> !OF_CONTAINERD.contains(each.lines().findFirst().orElse("")))
        .toList();
  }
}
