package dev.sluice.node;

import dev.sluice.face.FaceStatus;
import dev.sluice.face.LayerFace;
import dev.sluice.face.LayerFaces;
import dev.sluice.face.ShownTree;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fetch.BlobSource;
import dev.sluice.fill.FillLayer;
import dev.sluice.image.ImageStore;
import dev.sluice.layer.DirectoryAttributes;
import dev.sluice.layer.DirectoryStack;
import dev.sluice.layer.ImpliedDirectories;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.MountedLayer;
import dev.sluice.mount.LayerOpener;
import dev.sluice.mount.OpenLayer;
import dev.sluice.oci.Digest;
import dev.sluice.prefetch.ShownLayer;
import dev.sluice.profile.ImageRuns;
import dev.sluice.profile.RunImage;
import dev.sluice.snapshot.NewSnapshot.Ancestor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The lazy snapshots of the node: opened, and shown by its FUSE mount. Blocks. */
final class LazyLayers {
  private final LayerOpener opener;

  /** Null if FUSE can't be mounted here. */
  private final @Nullable NodeMount mount;

  /** Null if FUSE can't be mounted here. */
  private final @Nullable LayerFaces faces;

  private final BlobSources blobs;
  private final ImageRuns runs;
  private final Map<Long, Shown> shown = new ConcurrentHashMap<>();

  /** How to read ranges of a layer. */
  @FunctionalInterface
  interface BlobSources {
    BlobSource of(LazyRecord record);
  }

  /** A snapshot that is shown. */
  record Shown(LazyRecord record, OpenLayer open, MountedLayer mounted) {
    LayerTree tree() {
      return mounted.tree();
    }
  }

  LazyLayers(
      LayerOpener opener,
      @Nullable NodeMount mount,
      @Nullable LayerFaces faces,
      BlobSources blobs,
      ImageRuns runs) {
    this.opener = opener;
    this.mount = mount;
    this.faces = faces;
    this.blobs = blobs;
    this.runs = runs;
  }

  /** Whether layers can be shown now. */
  boolean isAlive() {
    NodeMount now = mount;
    return now != null && now.isAlive();
  }

  @Nullable NodeMount mount() {
    return mount;
  }

  private NodeMount aliveMount() {
    NodeMount now = mount;
    if (now == null) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "show lazy layers: FUSE could not be mounted when the service started",
          "sluice doctor says why; start the service again when that is mended",
          null);
    }
    now.ensureAlive();
    return now;
  }

  /**
   * A layer that is not shown yet.
   *
   * @param image null if it is not known what image the layer is of
   * @param wanted whether a container will start soon
   */
  record Opened(LazyRecord record, OpenLayer layer, @Nullable RunImage image, boolean wanted) {}

  /** Opens a layer for the first time. */
  OpenLayer open(LazyRecord record, ImageStore store) {
    var _ = aliveMount();
    return opener.openLazily(store, blobs.of(record), record.layer());
  }

  /** What is open will be shown: what hints say of it is fetched already. */
  void expect(OpenLayer open, RunImage image, int place) {
    ShownLayer view = open.shown(place);
    if (view != null) {
      runs.expect(image, view);
    }
  }

  /** Closes what was opened and is not shown. */
  void giveUp(OpenLayer open) {
    runs.giveUp(open.bytes());
    open.close();
  }

  /** Whether a snapshot shows this. */
  boolean shows(LazyRecord record) {
    return shown.values().stream().anyMatch(each -> each.record().equals(record));
  }

  /** Opens a layer again after a restart; asks nobody. */
  Opened reopen(LazyRecord record) {
    Digest manifest = record.manifest();
    return new Opened(
        record,
        opener.reopenLazily(blobs.of(record), record.layer()),
        manifest == null ? null : RunImage.known(manifest, record.image().toString()),
        false);
  }

  /** Shows a layer as a snapshot; lets go of it if that can't be or it is shown already. */
  void show(long snapshot, Opened opened, List<Ancestor> ancestors) {
    OpenLayer open = opened.layer();
    try {
      LayerTree tree = ImpliedDirectories.resolve(open.tree(), below(ancestors));
      MountedLayer mounted =
          new MountedLayer(opened.record().layer().label(), tree, open.bytes(), open.watchers());
      NodeMount alive = aliveMount();
      Shown added = new Shown(opened.record(), open, mounted);
      if (shown.putIfAbsent(snapshot, added) != null) {
        giveUp(open);
        return;
      }
      showIn(alive, snapshot, added);
      if (opened.image() != null) {
        watch(snapshot, added, ancestors, opened.image(), opened.wanted());
      }
    } catch (RuntimeException e) {
      giveUp(open);
      throw e;
    }
  }

  private void showIn(NodeMount alive, long snapshot, Shown added) {
    try {
      alive.show(snapshot, added.mounted());
      if (faces != null) {
        faces.show(
            snapshot,
            new ShownTree(added.mounted().label(), added.tree(), added.mounted().bytes()),
            alive.number());
      }
    } catch (RuntimeException e) {
      shown.remove(snapshot, added);
      throw e;
    }
  }

  /* The layers below may have come with another image: containerd brings a layer once. */
  private void watch(
      long snapshot, Shown added, List<Ancestor> ancestors, RunImage image, boolean now) {
    for (int i = ancestors.size() - 1; i >= 0; i--) {
      Ancestor ancestor = ancestors.get(i);
      Shown below = ancestor.lazy() ? shown.get(ancestor.id()) : null;
      if (below != null) {
        watch(image, ancestor.id(), below, ancestors.size() - 1 - i, now);
      }
    }
    watch(image, snapshot, added, ancestors.size(), now);
  }

  private void watch(RunImage image, long snapshot, Shown layer, int place, boolean now) {
    ShownLayer view = layer.open().shown(place);
    if (view != null) {
      runs.show(image, snapshot, view, now);
    }
  }

  /** The directories of the layers below a snapshot, read without touching the node's mount. */
  DirectoryStack below(List<Ancestor> nearestFirst) {
    List<DirectoryStack.Below> below = new ArrayList<>();
    for (Ancestor ancestor : nearestFirst) {
      below.add(ancestor.lazy() ? get(ancestor.id()).tree() : new UnpackedLayer(ancestor.files()));
    }
    return new DirectoryStack(below);
  }

  DirectoryAttributes root(long snapshot) {
    return get(snapshot).tree().directoryAttributes(LayerTree.ROOT);
  }

  /**
   * @throws SluiceException UNAVAILABLE if the snapshot is not shown
   */
  void check(long snapshot) {
    var _ = get(snapshot);
    var _ = aliveMount();
    runs.used(snapshot);
  }

  /** Gives snapshots the best face that can be had. */
  void settle(long... snapshots) {
    if (faces != null && mount != null) {
      faces.settle(mount.number(), LongStream.of(snapshots).filter(shown::containsKey).toArray());
    }
  }

  /** How a snapshot is shown. */
  FaceStatus face(long snapshot) {
    return faces == null
        ? new FaceStatus(LayerFace.FUSE, "FUSE can't be mounted")
        : faces.status(snapshot);
  }

  private Shown get(long snapshot) {
    Shown found = shown.get(snapshot);
    if (found == null) {
      throw new SluiceException(
          FailureKind.UNAVAILABLE,
          "use lazy snapshot " + snapshot + ": it is not shown",
          "the log says why it could not be restored",
          null);
    }
    return found;
  }

  /** Stops showing a snapshot, or waiting for one that could not be shown again. */
  void forget(long snapshot) {
    @Nullable Shown gone = shown.remove(snapshot);
    if (gone != null && faces != null) {
      faces.forget(snapshot);
    }
    if (mount != null) {
      mount.hide(snapshot);
    }
    if (gone != null) {
      runs.hide(snapshot);
      gone.open().close();
    }
  }

  /**
   * What is shown as what may be filled.
   *
   * @param running ids of snapshots that a container has
   * @param distrusted whether a ztoc is known to be wrong
   */
  List<FillLayer> fillable(Set<Long> running, Predicate<Digest> distrusted) {
    return shown.entrySet().stream()
        .map(each -> {
          Shown layer = each.getValue();
          return new FillLayer(
              layer.record().image().toString(),
              layer.record().layer().layer(),
              layer.record().layer().diffId(),
              layer.open().bytes(),
              running.contains(each.getKey()),
              distrusted.test(layer.record().ztoc().digest()),
              layer.mounted().reads()::reads);
        })
        .toList();
  }

  /** Shown snapshots by id. */
  Map<Long, Shown> all() {
    return Map.copyOf(shown);
  }

  /** The ztocs that are in use. */
  Set<Digest> ztocs() {
    return shown.values().stream()
        .map(each -> each.record().ztoc().digest())
        .collect(Collectors.toSet());
  }

  /** Lets go of the layers; the mount is closed by its owner. */
  void close() {
    shown.keySet().forEach(runs::hide);
    shown.values().forEach(each -> each.open().close());
    shown.clear();
  }
}
