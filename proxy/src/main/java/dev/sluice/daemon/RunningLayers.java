package dev.sluice.daemon;

import dev.sluice.snapshot.OverlaySnapshotter;
import dev.sluice.snapshot.Snapshot;
import dev.sluice.snapshot.SnapshotKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** Which lazy snapshots a container has: those below a snapshot that is active or a view. */
final class RunningLayers implements Supplier<Set<Long>> {
  private final OverlaySnapshotter snapshots;

  RunningLayers(OverlaySnapshotter snapshots) {
    this.snapshots = snapshots;
  }

  @Override
  public Set<Long> get() {
    return among(snapshots.list(List.of()));
  }

  static Set<Long> among(List<Snapshot> all) {
    Map<String, Snapshot> byName = new HashMap<>();
    for (Snapshot snapshot : all) {
      byName.put(snapshot.name(), snapshot);
    }
    Set<Long> running = new HashSet<>();
    for (Snapshot snapshot : byName.values()) {
      if (snapshot.kind() != SnapshotKind.COMMITTED) {
        Snapshot below = byName.get(snapshot.parent());
        while (below != null) {
          if (below.isLazy()) {
            running.add(below.id());
          }
          below = byName.get(below.parent());
        }
      }
    }
    return running;
  }
}
