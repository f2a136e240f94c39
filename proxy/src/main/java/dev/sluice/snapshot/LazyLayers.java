package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import dev.sluice.snapshot.Snapshot.Origin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots whose files a {@link LayerSource} shows: that they are shown, and again. */
final class LazyLayers {
  private static final Logger LOG = LoggerFactory.getLogger(LazyLayers.class);
  private static final int AT_ONCE = 16;

  private final LayerSource source;
  private final Directories directories;

  /** Those that could not be shown after the start. */
  private final Set<Long> missing = ConcurrentHashMap.newKeySet();

  LazyLayers(LayerSource source, Directories directories) {
    this.source = source;
    this.directories = directories;
  }

  /** How many lazy snapshots are shown again. */
  record Restored(int shown, int failed) {}

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
   * Fails if the files of one of these are not there. One that could not be shown after the start
   * is tried again, parents first.
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
        if (missing.contains(snapshot.id())) {
          restoreMissing(snapshot, chain.subList(i + 1, chain.size()));
        }
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

  void forget(Snapshot snapshot) {
    missing.remove(snapshot.id());
    if (snapshot.isLazy()) {
      try {
        source.forget(snapshot.id());
      } catch (RuntimeException e) {
        LOG.warn("stop showing lazy snapshot {}", snapshot.id(), e);
      }
    }
  }

  /** Shows all again, each after its parents, as many at once as can be. */
  Restored restoreAll(Records records) {
    List<Snapshot> lazy = records.all().stream().filter(Snapshot::isLazy).toList();
    AtomicInteger failed = new AtomicInteger();
    Semaphore permits = new Semaphore(AT_ONCE);
    Map<String, CompletableFuture<Void>> done = new HashMap<>();
    lazy.forEach(snapshot -> done.put(snapshot.name(), new CompletableFuture<>()));
    CompletableFuture<Void> atOnce = CompletableFuture.completedFuture(null);
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Snapshot snapshot : lazy) {
        List<Snapshot> ancestors = records.ancestors(snapshot);
        workers.execute(() -> {
          for (Snapshot ancestor : ancestors) {
            done.getOrDefault(ancestor.name(), atOnce).join();
          }
          permits.acquireUninterruptibly();
          try {
            if (!tryRestore(snapshot, ancestors)) {
              failed.incrementAndGet();
            }
          } finally {
            permits.release();
            done.getOrDefault(snapshot.name(), atOnce).complete(null);
          }
        });
      }
    }
    return new Restored(lazy.size() - failed.get(), failed.get());
  }

  private boolean tryRestore(Snapshot snapshot, List<Snapshot> ancestors) {
    try {
      restore(snapshot, ancestors);
      return true;
    } catch (RuntimeException | Error e) {
      missing.add(snapshot.id());
      LOG.warn(
          "layer {} is not shown again, which is tried when it is needed: {}",
          snapshot.name(),
          SluiceException.describe(e));
      return false;
    }
  }

  private synchronized void restoreMissing(Snapshot snapshot, List<Snapshot> ancestors) {
    if (missing.contains(snapshot.id())) {
      restore(snapshot, ancestors);
      missing.remove(snapshot.id());
      LOG.info("layer {} is shown again", snapshot.name());
    }
  }

  private void restore(Snapshot snapshot, List<Snapshot> ancestors) {
    Origin origin = snapshot.origin();
    if (origin != null && origin.lazy() != null) {
      source.restore(snapshot.id(), origin.lazy(), ancestors(ancestors));
    }
  }

  /** Ids of those that could not be shown yet. */
  List<Long> missing() {
    return new ArrayList<>(missing);
  }
}
