package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.filter.Filter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Snapshots as overlays of directories, some of which a {@link LayerSource} shows. */
public final class OverlaySnapshotter implements Snapshotter, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OverlaySnapshotter.class);

  /** As long as a key may be in containerd's own store. */
  private static final int MAX_NAME_BYTES = 32768;

  private final MetadataStore store;
  private final Directories directories;
  private final LazyLayers layers;
  private final LayerBringer bringer;
  private final MountPlan plan;
  private final Reaper reaper;
  private final LayerSource source;
  private final SnapshotObserver observer;

  private OverlaySnapshotter(
      MetadataStore store,
      Directories directories,
      OverlaySupport overlay,
      LayerSource source,
      SnapshotObserver observer) {
    this.store = store;
    this.directories = directories;
    this.source = source;
    this.observer = observer;
    this.layers = new LazyLayers(source, directories, store.records());
    this.bringer = new LayerBringer(source, store, directories, layers, observer);
    this.plan = new MountPlan(overlay, directories, layers);
    this.reaper = new Reaper(store, directories, bringer::filling);
  }

  /**
   * Opens the snapshots in a directory, which is made if it is missing. {@link #restoreAll} is to
   * be called once.
   *
   * @throws SluiceException if another process uses it, if its store is missing, damaged or of
   *     another version, or if there can be no overlays
   */
  public static OverlaySnapshotter open(Path root, LayerSource source, SnapshotObserver observer) {
    Path top = root.toAbsolutePath().normalize();
    if (top.toString().matches(".*[:,\\\\].*")) {
      throw new SluiceException(
          FailureKind.INVALID,
          "keep snapshots in " + top + ": mount options can't hold a path with : or , or \\",
          "choose another directory",
          null);
    }
    Directories directories = new Directories(top);
    MetadataStore store;
    OverlaySupport overlay;
    try {
      Files.createDirectories(top);
      Files.setPosixFilePermissions(top, PosixFilePermissions.fromString("rwx------"));
      overlay = OverlayProbe.run(top);
      store = MetadataStore.open(top, directories.highestId());
      directories.makeTop();
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "open the snapshots in " + top + ": " + SluiceException.describe(e),
          "check that this user may write there and the disk has space",
          e);
    }
    LOG.info(
        "{} snapshots in {}; overlays with {}, ids {}",
        store.records().all().size(),
        top,
        overlay.options(),
        overlay.idMapped() ? "can be mapped" : "can't be mapped by this kernel");
    var snapshotter = new OverlaySnapshotter(store, directories, overlay, source, observer);
    snapshotter.reaper.soon();
    return snapshotter;
  }

  /**
   * Shows all lazy snapshots again; completes when each has been tried. What needs one meanwhile
   * waits for it. One that can't be shown is tried again when it is needed.
   */
  public CompletableFuture<Void> restoreAll() {
    return layers
        .restoration()
        .start()
        .thenAccept(restored -> {
          observer.restored(restored.shown(), restored.failed());
          LOG.info(
              "{} lazy layers are shown again, {} are not", restored.shown(), restored.failed());
        });
  }

  /** Layers that are being brought are left, so that their callers get an answer soon. */
  public void abandon() {
    bringer.abandonAll();
  }

  /** Layers that are being brought are left; what is shown stays shown. */
  @Override
  public void close() {
    bringer.abandonAll();
    reaper.close();
    store.close();
  }

  @Override
  public List<MountSpec> prepare(
      String key, String parent, Map<String, String> labels, Caller caller) {
    LayerRequest request = source instanceof NoLayers ? null : LayerLabels.parse(labels);
    if (request != null) {
      store.records().mustBeFree(key);
      boolean isThere =
          store.records().brought(request.target(), parent) != null
              || bringer.bring(request, parent, labels, caller);
      if (isThere) {
        throw new SluiceException(
            FailureKind.ALREADY_EXISTS, "target snapshot " + request.target() + " already exists");
      }
    }
    return create(SnapshotKind.ACTIVE, key, parent, labels);
  }

  @Override
  public List<MountSpec> view(String key, String parent, Map<String, String> labels) {
    return create(SnapshotKind.VIEW, key, parent, labels);
  }

  private List<MountSpec> create(
      SnapshotKind kind, String key, String parent, Map<String, String> labels) {
    checkName(key);
    layers.checkForUse(store.records().chain(store.records().parent(parent)));
    IdMapping mapping = IdMapping.of(labels);
    return store.change(draft -> {
      List<Snapshot> ancestors = draft.chain(draft.parent(parent));
      draft.mustBeFree(key);
      Instant now = Instant.now();
      long id = draft.newId();
      Snapshot snapshot =
          new Snapshot(
              id, key, parent, kind, LabelChange.stored(labels), now, now, Usage.NONE, null);
      directories.create(id, kind, plan.owner(mapping, ancestors));
      draft.put(snapshot);
      return plan.mounts(snapshot, ancestors);
    });
  }

  @Override
  public List<MountSpec> mounts(String key) {
    Records now = store.records();
    Snapshot snapshot = now.get(key);
    if (snapshot.kind() == SnapshotKind.COMMITTED) {
      throw new SluiceException(
          FailureKind.FAILED_PRECONDITION,
          "snapshot " + key + " is committed, and only an active one or a view has mounts");
    }
    List<Snapshot> ancestors = now.ancestors(snapshot);
    layers.checkForUse(ancestors);
    return plan.mounts(snapshot, ancestors);
  }

  @Override
  public void commit(String name, String key, String parent, Map<String, String> labels) {
    checkName(name);
    Usage usage = DiskUsage.of(directories.files(store.records().get(key).id()));
    store.change(draft -> {
      Snapshot active = draft.get(key);
      draft.mustBeFree(name);
      if (active.kind() != SnapshotKind.ACTIVE) {
        throw new SluiceException(
            FailureKind.FAILED_PRECONDITION,
            "commit snapshot " + key + ": it is " + active.kind().label() + ", not active");
      }
      draft.remove(key);
      Instant now = Instant.now();
      draft.put(
          new Snapshot(
              active.id(),
              name,
              committedParent(draft, active, parent),
              SnapshotKind.COMMITTED,
              LabelChange.stored(labels),
              now,
              now,
              usage,
              null));
      return name;
    });
  }

  /** The parent that a snapshot gets: the one it has, or the one that is given if it has none. */
  private static String committedParent(Draft draft, Snapshot active, String given) {
    if (active.hasParent() && !given.isEmpty() && !given.equals(active.parent())) {
      throw new SluiceException(
          FailureKind.INVALID,
          "commit snapshot " + active.name() + ": it has a parent, which can't be changed");
    }
    String parent = active.hasParent() ? active.parent() : given;
    if (parent.isEmpty()) {
      return parent;
    }
    Snapshot found = draft.find(parent);
    if (found == null) {
      throw new SluiceException(FailureKind.NOT_FOUND, "parent " + parent + " does not exist");
    }
    if (found.kind() != SnapshotKind.COMMITTED) {
      throw new SluiceException(
          FailureKind.FAILED_PRECONDITION, "parent " + parent + " is not committed");
    }
    return parent;
  }

  @Override
  public void remove(String key) {
    Snapshot removed =
        store.change(draft -> {
          Snapshot snapshot = draft.get(key);
          if (draft.hasChildren(key)) {
            throw new SluiceException(
                FailureKind.FAILED_PRECONDITION,
                "remove snapshot " + key + ": others build on it",
                "remove those first",
                null);
          }
          draft.remove(key);
          return snapshot;
        });
    layers.forget(removed);
    reaper.soon();
  }

  @Override
  public Snapshot stat(String key) {
    return store.records().get(key);
  }

  @Override
  public Snapshot update(String name, Map<String, String> labels, List<String> paths) {
    return store.change(draft -> {
      Snapshot snapshot = draft.get(name);
      Snapshot changed =
          snapshot.withLabels(LabelChange.apply(snapshot, labels, paths), Instant.now());
      draft.put(changed);
      return changed;
    });
  }

  @Override
  public List<Snapshot> list(List<String> filters) {
    Filter filter = Filter.parse(filters);
    return store.records().all().stream()
        .filter(snapshot -> filter.matches(new SnapshotFields(snapshot)))
        .toList();
  }

  @Override
  public Usage usage(String key) {
    Snapshot snapshot = store.records().get(key);
    return snapshot.kind() == SnapshotKind.ACTIVE
        ? DiskUsage.of(directories.files(snapshot.id()))
        : snapshot.usage();
  }

  @Override
  public void cleanup() {
    reaper.now();
  }

  private static void checkName(String name) {
    if (name.isEmpty() || name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES) {
      throw new SluiceException(
          FailureKind.INVALID,
          name.isEmpty()
              ? "a snapshot needs a name"
              : "a snapshot's name is longer than " + MAX_NAME_BYTES + " bytes");
    }
  }
}
