package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots whose files a {@link LayerSource} shows: that they are shown, and again. */
final class LazyLayers {
  private static final Logger LOG = LoggerFactory.getLogger(LazyLayers.class);
  private final LayerSource source;
  private final Directories directories;

  private final Restoration restoration;

  /**
   * @param before what an earlier process has left
   */
  LazyLayers(LayerSource source, Directories directories, Records before) {
    this.source = source;
    this.directories = directories;
    this.restoration = new Restoration(source, before, this::ancestors);
  }

  /** Shows what an earlier process showed. */
  Restoration restoration() {
    return restoration;
  }

  /** The directory with a snapshot's files. */
  Path files(Snapshot snapshot) {
    return snapshot.isLazy() ? source.shown(snapshot.id()) : directories.files(snapshot.id());
  }

  Directories.Owner owner(Snapshot snapshot) {
    if (!snapshot.isLazy()) {
      return directories.owner(snapshot.id());
    }
    RootAttributes root = source.rootAttributes(snapshot.id());
    return new Directories.Owner(root.uid(), root.gid());
  }

  List<Ancestor> ancestors(List<Snapshot> snapshots) {
    return snapshots.stream()
        .map(each -> new Ancestor(each.id(), files(each), each.isLazy()))
        .toList();
  }

  /**
   * Waits until the files of these are there, and fails if they don't come. One that could not be
   * shown after the start is tried again, parents first.
   *
   * @param chain nearest first
   * @throws SluiceException UNAVAILABLE
   */
  void check(List<Snapshot> chain) {
    for (int i = chain.size() - 1; i >= 0; i--) {
      Snapshot snapshot = chain.get(i);
      if (!snapshot.isLazy()) {
        continue;
      }
      try {
        restoration.await(snapshot, chain.subList(i + 1, chain.size()));
        source.check(snapshot.id());
      } catch (RuntimeException e) {
        String advice = e instanceof SluiceException failure ? failure.advice() : null;
        throw new SluiceException(
            FailureKind.UNAVAILABLE,
            "the files of layer "
                + snapshot.name()
                + " are not there: "
                + SluiceException.describe(e),
            advice,
            e);
      }
    }
  }

  /** As {@link #check}, for a container that will use them. */
  void checkForUse(List<Snapshot> chain) {
    check(chain);
    source.settle(chain.stream().filter(Snapshot::isLazy).mapToLong(Snapshot::id).toArray());
  }

  void forget(Snapshot snapshot) {
    if (snapshot.isLazy()) {
      try {
        restoration.forget(snapshot);
        source.forget(snapshot.id());
      } catch (RuntimeException e) {
        LOG.warn("stop showing lazy snapshot {}", snapshot.id(), e);
      }
    }
  }
}
