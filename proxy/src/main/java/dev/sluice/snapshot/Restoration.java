package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.LayerSource.Reopened;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import dev.sluice.snapshot.Snapshot.Origin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Shows again what an earlier process has shown, while containerd is served already. */
final class Restoration {
  /*
   * Opening a layer is the work, and layers are opened in any order; showing one is quick, but may
   * ask those below, so it waits for them. No permit is held while waiting. Who needs a snapshot
   * waits for that one alone; one that can't be shown is tried again each time it is needed.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Restoration.class);
  private static final int AT_ONCE = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final LayerSource source;
  private final Records before;
  private final Function<List<Snapshot>, List<Ancestor>> ancestors;
  private final Semaphore permits = new Semaphore(AT_ONCE);
  private final Map<Long, CompletableFuture<Boolean>> underWay;

  /** Those that could not be shown. */
  private final Set<Long> missing = ConcurrentHashMap.newKeySet();

  /** How many lazy snapshots are shown again. */
  record Restored(int shown, int failed) {}

  Restoration(
      LayerSource source, Records before, Function<List<Snapshot>, List<Ancestor>> ancestors) {
    this.source = source;
    this.before = before;
    this.ancestors = ancestors;
    this.underWay =
        before.all().stream()
            .filter(Snapshot::isLazy)
            .collect(
                Collectors.toConcurrentMap(Snapshot::id, _ -> new CompletableFuture<Boolean>()));
    source.expect(Set.copyOf(underWay.keySet()));
  }

  /** Starts; completes, never exceptionally, when each has been tried. */
  CompletableFuture<Restored> start() {
    List<Snapshot> lazy = before.all().stream().filter(Snapshot::isLazy).toList();
    AtomicInteger failed = new AtomicInteger();
    List<CompletableFuture<Boolean>> all =
        lazy.stream().map(each -> Objects.requireNonNull(underWay.get(each.id()))).toList();
    for (Snapshot snapshot : lazy) {
      Thread.ofVirtual()
          .name("restore " + snapshot.id())
          .start(() -> {
            boolean shown = tryRestore(snapshot);
            if (!shown) {
              failed.incrementAndGet();
            }
            var done = underWay.remove(snapshot.id());
            Objects.requireNonNull(done).complete(shown);
          });
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(_ -> new Restored(lazy.size() - failed.get(), failed.get()));
  }

  private boolean tryRestore(Snapshot snapshot) {
    try {
      List<Snapshot> below = before.ancestors(snapshot);
      permits.acquireUninterruptibly();
      Reopened reopened;
      try {
        reopened = reopen(snapshot);
      } finally {
        permits.release();
      }
      for (Snapshot ancestor : below) {
        var other = underWay.get(ancestor.id());
        if (other != null) {
          other.join();
        }
      }
      reopened.show(ancestors.apply(below));
      return true;
    } catch (RuntimeException | Error e) {
      missing.add(snapshot.id());
      source.missing(snapshot.id(), e);
      LOG.warn(
          "layer {} is not shown again, which is tried when it is needed: {}",
          snapshot.name(),
          SluiceException.describe(e));
      return false;
    }
  }

  private Reopened reopen(Snapshot snapshot) {
    Origin origin = Objects.requireNonNull(snapshot.origin());
    return source.reopen(snapshot.id(), Objects.requireNonNull(origin.lazy()));
  }

  /**
   * Waits for a snapshot, and tries again to show it if that has failed.
   *
   * @param below its ancestors, which have been waited for
   * @throws SluiceException if it still can't be shown; UNAVAILABLE if that takes too long
   */
  void await(Snapshot snapshot, List<Snapshot> below) {
    settle(snapshot);
    if (missing.contains(snapshot.id())) {
      retry(snapshot, below);
    }
  }

  private synchronized void retry(Snapshot snapshot, List<Snapshot> below) {
    if (missing.contains(snapshot.id())) {
      reopen(snapshot).show(ancestors.apply(below));
      missing.remove(snapshot.id());
      LOG.info("layer {} is shown again", snapshot.name());
    }
  }

  /** A snapshot is removed: it is not shown after this. */
  void forget(Snapshot snapshot) {
    settle(snapshot);
    missing.remove(snapshot.id());
  }

  private void settle(Snapshot snapshot) {
    var pending = underWay.get(snapshot.id());
    if (pending == null) {
      return;
    }
    try {
      var _ = pending.get(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "use layer %s: it is still being shown again after the start of the service"
              .formatted(snapshot.name()),
          "try again; the log says what it waits for",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "wait for layer " + snapshot.name() + ": interrupted", e);
    } catch (ExecutionException e) {
      throw new AssertionError("it never completes exceptionally", e);
    }
  }
}
