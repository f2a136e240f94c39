package dev.sluice.containerd;

import containerd.types.Mount;
import dev.sluice.containerd.ContainerdClient.SnapshotterPlugin;
import dev.sluice.containerd.PullReport.Way;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.image.ImageStore;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Pulls an image into containerd: its documents into the content store, its layers as snapshots,
 * and its name into the list of images. Each layer is offered to the snapshotter first; only those
 * that it doesn't bring by itself are fetched and unpacked.
 */
public final class ImagePull {
  private static final int TRIES = 3;

  /* What containerd may not collect while the pull runs is held by a lease; what stays is held by
   * labels: documents name their children, the configuration names the topmost snapshot, and the
   * image's record names the root. A pull that fails or is killed leaves its lease to expire, so
   * that another attempt finds what is there already. */

  private final ContainerdClient client;
  private final ImageStore store;
  private final PullOptions options;
  private final PullListener listener;

  public ImagePull(
      ContainerdClient client, ImageStore store, PullOptions options, PullListener listener) {
    this.client = client;
    this.store = store;
    this.options = options;
    this.listener = listener;
  }

  /**
   * Pulls; what is there already is not fetched again.
   *
   * @throws SluiceException NOT_FOUND also if containerd doesn't have the snapshotter
   */
  public PullReport run() {
    SnapshotterPlugin plugin = snapshotter();
    Content root = store.manifest("");
    ContainerdClient.Lease lease = client.lease();
    ContentStore content = new ContentStore(lease.client());
    ImageDocuments documents = new ImageDocuments(content, store, options.reference().repository());
    ImageTree tree = ImageTree.resolve(root, documents, store, options.platform());
    documents.keep(tree);
    List<PullReport.Layer> layers = layers(plugin, tree, lease.client(), content);
    Digest top = tree.chainIds().isEmpty() ? null : tree.chainIds().getLast();
    if (top != null) {
      documents.keepSnapshot(tree, options.snapshotter(), top);
    }
    new ImageRecords(client).put(options.reference(), tree);
    lease.release();
    return new PullReport(
        options.reference().toString(), root.digest(), tree.path().getLast().digest(), top, layers);
  }

  private SnapshotterPlugin snapshotter() {
    List<SnapshotterPlugin> all = client.snapshotters();
    return all.stream()
        .filter(plugin -> plugin.name().equals(options.snapshotter()))
        .findFirst()
        .orElseThrow(() ->
            new SluiceException(
                FailureKind.NOT_FOUND,
                "containerd has no snapshotter '" + options.snapshotter() + "'",
                "It has "
                    + String.join(", ", all.stream().map(SnapshotterPlugin::name).sorted().toList())
                    + "; another is named in [proxy_plugins] of containerd's config.toml.",
                null));
  }

  private List<PullReport.Layer> layers(
      SnapshotterPlugin plugin, ImageTree tree, ContainerdClient leased, ContentStore content) {
    Snapshots snapshots = new Snapshots(leased, options.snapshotter());
    List<Descriptor> all = tree.manifest().layers();
    List<Digest> chain = tree.chainIds();
    List<PullReport.Layer> done = new ArrayList<>();
    boolean complete = !chain.isEmpty() && snapshots.exists(chain.getLast());
    try (LayerFetches fetches =
        new LayerFetches(content, store, listener, options.reference().repository())) {
      int left = 0;
      for (int i = 0; i < all.size(); i++) {
        Descriptor layer = all.get(i);
        Digest name = chain.get(i);
        Map<String, String> labels =
            SnapshotLabels.of(
                options.reference().toString(),
                tree.path().getLast().digest(),
                all.subList(i, all.size()),
                name,
                options.index());
        Way way = Way.PRESENT;
        long bytes = 0;
        if (!complete && !snapshots.exists(name)) {
          String key = "extract-" + UUID.randomUUID() + " " + name;
          String parent = i == 0 ? "" : chain.get(i - 1).toString();
          Optional<List<Mount>> mounts = prepare(snapshots, key, parent, name, labels);
          way = mounts.isPresent() ? Way.UNPACKED : Way.SNAPSHOTTER;
          if (mounts.isPresent()) {
            left++;
            // A snapshotter that brings layers may leave a small one and bring the next. Two in a
            // row are taken for a sign that it brings none.
            boolean rest = !plugin.remote() || left > 1;
            fetches.begin(rest ? all.subList(i, all.size()) : List.of(layer));
            bytes =
                unpack(
                    snapshots,
                    fetches,
                    layer,
                    tree.config().diffIds().get(i),
                    mounts.get(),
                    key,
                    name,
                    labels);
          } else {
            left = 0;
          }
        }
        listener.ready(layer, way);
        done.add(new PullReport.Layer(layer, way, bytes));
      }
    }
    return done;
  }

  /** Mounts to unpack onto, or nothing if the snapshot is there. */
  private static Optional<List<Mount>> prepare(
      Snapshots snapshots, String key, String parent, Digest name, Map<String, String> labels) {
    for (int i = 0; i < TRIES; i++) {
      Optional<List<Mount>> mounts = snapshots.prepare(key, parent, labels);
      if (mounts.isPresent() || snapshots.exists(name)) {
        return mounts;
      }
      // It was there, and was collected before we could see it.
    }
    throw new SluiceException(
        FailureKind.UNAVAILABLE,
        "prepare snapshot " + name + ": the snapshotter says that it exists, containerd that not",
        "Look into the snapshotter's log.",
        null);
  }

  private static long unpack(
      Snapshots snapshots,
      LayerFetches fetches,
      Descriptor layer,
      Digest diffId,
      List<Mount> mounts,
      String key,
      Digest name,
      Map<String, String> labels) {
    boolean committed = false;
    try {
      long bytes = fetches.await(layer);
      String unpacked = snapshots.apply(layer, mounts);
      if (!unpacked.equals(diffId.toString())) {
        throw new SluiceException(
            FailureKind.CORRUPT,
            "unpack layer %s: decompressed it has digest %s, the image's configuration says %s"
                .formatted(layer.digest(), unpacked, diffId));
      }
      committed = snapshots.commit(key, name, labels);
      return bytes;
    } finally {
      if (!committed) {
        abandon(snapshots, key);
      }
    }
  }

  private static void abandon(Snapshots snapshots, String key) {
    // Interrupted threads can't call containerd; the interruption goes on afterwards.
    boolean interrupted = Thread.interrupted();
    try {
      snapshots.remove(key);
    } catch (SluiceException e) {
      org.slf4j.LoggerFactory.getLogger(ImagePull.class)
          .warn("a snapshot stays until its lease expires: {}", e.getMessage());
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
