package dev.sluice.snapshot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The mounts that show a snapshot, in the form that containerd's overlayfs snapshotter gives. */
record MountPlan(OverlaySupport overlay, Directories directories, LazyLayers layers) {

  /**
   * @param ancestors nearest first
   */
  List<MountSpec> mounts(Snapshot snapshot, List<Snapshot> ancestors) {
    boolean isView = snapshot.kind() == SnapshotKind.VIEW;
    List<String> options = new ArrayList<>();
    IdMapping mapping = IdMapping.of(snapshot.labels());
    if (mapping != null && overlay.idMapped()) {
      options.add("uidmap=" + mapping.uids());
      options.add("gidmap=" + mapping.gids());
    }
    if (ancestors.isEmpty()) {
      return bind(directories.files(snapshot.id()), isView, options);
    }
    if (isView && ancestors.size() == 1) {
      return bind(layers.files(ancestors.getFirst()), true, options);
    }
    if (!isView) {
      options.add("workdir=" + directories.work(snapshot.id()));
      options.add("upperdir=" + directories.files(snapshot.id()));
    }
    options.add(
        ancestors.stream()
            .map(each -> layers.files(each).toString())
            .collect(Collectors.joining(":", "lowerdir=", "")));
    options.addAll(overlay.options());
    return List.of(new MountSpec("overlay", "overlay", List.copyOf(options)));
  }

  /** Who owns the top of a new snapshot's files; null for this process's user. */
  Directories.@Nullable Owner owner(@Nullable IdMapping mapping, List<Snapshot> ancestors) {
    if (mapping != null) {
      return mapping.root();
    }
    return ancestors.isEmpty() ? null : layers.owner(ancestors.getFirst());
  }

  private static List<MountSpec> bind(Path source, boolean readOnly, List<String> options) {
    options.add(readOnly ? "ro" : "rw");
    options.add("rbind");
    return List.of(new MountSpec("bind", source.toString(), List.copyOf(options)));
  }
}
