package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** All snapshots at one moment. */
abstract sealed class Records permits State, Draft {

  /** By name. */
  final NavigableMap<String, Snapshot> snapshots;

  /** The next snapshot's id. */
  long next;

  Records(NavigableMap<String, Snapshot> snapshots, long next) {
    this.snapshots = snapshots;
    this.next = next;
  }

  final Collection<Snapshot> all() {
    return snapshots.values();
  }

  final Set<Long> ids() {
    return all().stream().map(Snapshot::id).collect(Collectors.toSet());
  }

  final @Nullable Snapshot find(String name) {
    return snapshots.get(name);
  }

  /**
   * @throws SluiceException NOT_FOUND
   */
  final Snapshot get(String name) {
    Snapshot found = snapshots.get(name);
    if (found == null) {
      throw new SluiceException(FailureKind.NOT_FOUND, "snapshot " + name + " does not exist");
    }
    return found;
  }

  /**
   * @throws SluiceException ALREADY_EXISTS
   */
  final void mustBeFree(String name) {
    if (snapshots.containsKey(name)) {
      throw new SluiceException(FailureKind.ALREADY_EXISTS, "snapshot " + name + " already exists");
    }
  }

  /** The committed snapshot that a new one builds on; null for "". */
  final @Nullable Snapshot parent(String name) {
    if (name.isEmpty()) {
      return null;
    }
    Snapshot parent = find(name);
    if (parent == null) {
      throw new SluiceException(FailureKind.NOT_FOUND, "parent " + name + " does not exist");
    }
    if (parent.kind() != SnapshotKind.COMMITTED) {
      throw new SluiceException(
          FailureKind.INVALID,
          "parent " + name + " is " + parent.kind().label() + " and only a committed one can be");
    }
    return parent;
  }

  /** The snapshots below, nearest first. */
  final List<Snapshot> ancestors(Snapshot snapshot) {
    return chain(snapshot.hasParent() ? get(snapshot.parent()) : null);
  }

  /** A snapshot and those below it, nearest first; empty for null. */
  final List<Snapshot> chain(@Nullable Snapshot top) {
    List<Snapshot> chain = new ArrayList<>();
    for (Snapshot at = top; at != null; at = at.hasParent() ? get(at.parent()) : null) {
      chain.add(at);
    }
    return chain;
  }

  final boolean hasChildren(String name) {
    return all().stream().anyMatch(snapshot -> snapshot.parent().equals(name));
  }

  /** The snapshot that was brought for a chain id on top of {@code parent}, as containerd asks. */
  final @Nullable Snapshot brought(String target, String parent) {
    for (Snapshot snapshot : all()) {
      if (snapshot.origin() != null
          && snapshot.origin().target().equals(target)
          && snapshot.parent().equals(parent)
          && target.equals(snapshot.labels().get(LayerLabels.TARGET))) {
        return snapshot;
      }
    }
    return null;
  }
}
