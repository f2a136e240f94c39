package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.LayerSource.Brought;
import dev.sluice.snapshot.Snapshot.Origin;
import dev.sluice.snapshot.SnapshotObserver.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has layers brought and commits them, each once however many ask for it. */
final class LayerBringer {
  /*
   * The id is taken, durably, before the source is asked, and the record is written when the layer is
   * there: a crash in between leaves a directory of no snapshot, which the next start removes. Nothing
   * that goes wrong here fails a Prepare: the layer is left, and containerd fetches it.
   *
   * containerd looks for the target by label and parent, not by name. One chain id can have two
   * parents, e.g. when one namespace unpacked the lower layers by itself; so that pair is the key.
   */
  private static final Logger LOG = LoggerFactory.getLogger(LayerBringer.class);

  private record Key(String target, String parent) {}

  private final LayerSource source;
  private final MetadataStore store;
  private final Directories directories;
  private final LazyLayers lazyLayers;
  private final SnapshotObserver observer;
  private final Map<Key, Flight> flights = new HashMap<>();

  /** Ids whose directories are being filled; they have no record yet. */
  private final Set<Long> filling = ConcurrentHashMap.newKeySet();

  LayerBringer(
      LayerSource source,
      MetadataStore store,
      Directories directories,
      LazyLayers lazyLayers,
      SnapshotObserver observer) {
    this.source = source;
    this.store = store;
    this.directories = directories;
    this.lazyLayers = lazyLayers;
    this.observer = observer;
  }

  Set<Long> filling() {
    return filling;
  }

  /**
   * Brings a layer and commits it, or waits for others who do.
   *
   * @return whether it is there; if not, containerd is to unpack it
   * @throws SluiceException CANCELLED if the caller went away
   */
  boolean bring(LayerRequest request, String parent, Map<String, String> labels, Caller caller) {
    Key key = new Key(request.target(), parent);
    Flight flight;
    synchronized (flights) {
      flight = flights.get(key);
      if (flight == null) {
        flight = new Flight(key, request, labels);
        flights.put(key, flight);
        Thread.ofVirtual().name("bring " + request.layer()).start(flight);
      }
      flight.waiting++;
    }
    return flight.await(caller);
  }

  /** Everything that is being brought may end. */
  void abandonAll() {
    synchronized (flights) {
      flights.values().forEach(Flight::abandon);
    }
  }

  /** One layer on its way. */
  private final class Flight implements Runnable {
    private final Key key;
    private final LayerRequest request;
    private final Map<String, String> labels;
    private final CompletableFuture<Boolean> done = new CompletableFuture<>();
    private int waiting;
    private long id;
    private boolean abandoned;

    Flight(Key key, LayerRequest request, Map<String, String> labels) {
      this.key = key;
      this.request = request;
      this.labels = labels;
    }

    boolean await(Caller caller) {
      CompletableFuture<Boolean> mine = done.copy();
      caller.whenGone(() -> {
        if (mine.cancel(false)) {
          leave();
        }
      });
      try {
        return mine.join();
      } catch (CancellationException e) {
        throw new SluiceException(
            FailureKind.CANCELLED, "bring layer " + request.layer() + ": the caller went away");
      } catch (CompletionException e) {
        throw e.getCause() instanceof RuntimeException cause ? cause : e;
      }
    }

    private void leave() {
      synchronized (flights) {
        if (--waiting == 0) {
          flights.remove(key, this);
          abandon();
        }
      }
    }

    /** Called with the lock on the flights. */
    private void abandon() {
      abandoned = true;
      if (id != 0) {
        source.abandon(id);
      }
    }

    @Override
    public void run() {
      long started = System.nanoTime();
      try {
        Outcome outcome = bring();
        observer.brought(outcome, Duration.ofNanos(System.nanoTime() - started));
        finish();
        done.complete(outcome == Outcome.LAZY || outcome == Outcome.UNPACKED);
      } catch (Throwable t) {
        finish();
        done.completeExceptionally(t);
      }
    }

    private void finish() {
      synchronized (flights) {
        flights.remove(key, this);
      }
      filling.remove(id);
    }

    private Outcome bring() {
      List<Snapshot> below = store.records().chain(store.records().parent(key.parent()));
      take();
      Snapshot brought = null;
      boolean kept = false;
      try {
        directories.create(id, SnapshotKind.COMMITTED, null);
        lazyLayers.check(below);
        brought = snapshot(ask(lazyLayers.ancestors(below)));
        if (brought == null) {
          return Outcome.LEFT;
        }
        kept = add(brought);
        return brought.isLazy() ? Outcome.LAZY : Outcome.UNPACKED;
      } catch (RuntimeException | Error e) {
        LOG.warn(
            "bring layer {} of {}: it is left to containerd", request.layer(), request.image(), e);
        return Outcome.FAILED;
      } finally {
        if (!kept && store.isUsable()) {
          if (brought != null) {
            lazyLayers.forget(brought);
          }
          directories.remove(id);
        }
      }
    }

    private Brought ask(List<NewSnapshot.Ancestor> ancestors) {
      synchronized (flights) {
        if (abandoned) {
          return new Brought.Left("nobody waits for it any more");
        }
      }
      return source.bring(request, new NewSnapshot(id, directories.files(id), ancestors));
    }

    private void take() {
      long taken =
          store.change(draft -> {
            long fresh = draft.newId();
            filling.add(fresh);
            return fresh;
          });
      synchronized (flights) {
        id = taken;
      }
    }

    private @Nullable Snapshot snapshot(Brought how) {
      return switch (how) {
        case Brought.Lazily(String record) -> committed(Usage.NONE, record);
        case Brought.Unpacked() -> committed(DiskUsage.of(directories.files(id)), null);
        case Brought.Left(String reason) -> {
          LOG.info(
              "layer {} of {} is left to containerd: {}", request.layer(), request.image(), reason);
          yield null;
        }
      };
    }

    private Snapshot committed(Usage usage, @Nullable String lazy) {
      Instant now = Instant.now();
      return new Snapshot(
          id,
          key.target(),
          key.parent(),
          SnapshotKind.COMMITTED,
          LayerLabels.remote(labels),
          now,
          now,
          usage,
          new Origin(key.target(), lazy));
    }

    /** False if somebody else was faster, after all who waited for him had gone. */
    private boolean add(Snapshot brought) {
      return store.change(draft -> {
        if (draft.brought(key.target(), key.parent()) != null) {
          return false;
        }
        draft.parent(key.parent());
        draft.put(draft.find(brought.name()) == null ? brought : renamed(brought));
        return true;
      });
    }

    /** The name is taken by a snapshot on another parent; any other will do. */
    private static Snapshot renamed(Snapshot snapshot) {
      return new Snapshot(
          snapshot.id(),
          snapshot.name() + "/" + snapshot.id(),
          snapshot.parent(),
          snapshot.kind(),
          snapshot.labels(),
          snapshot.created(),
          snapshot.updated(),
          snapshot.usage(),
          snapshot.origin());
    }
  }
}
