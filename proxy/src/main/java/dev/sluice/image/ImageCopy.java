package dev.sluice.image;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Index;
import dev.sluice.oci.Manifest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.OciJson;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Brings the blobs and manifests of images from one store to another. */
public final class ImageCopy {
  private static final int BLOBS_AT_ONCE = 3;

  private final ImageStore from;
  private final ImageStore to;
  private final Listener listener;
  private final Set<Digest> done = new HashSet<>();

  /** Hears of each blob that was really copied. Called by several threads. */
  public interface Listener {
    void copied(Descriptor blob);
  }

  public ImageCopy(ImageStore from, ImageStore to, Listener listener) {
    this.from = from;
    this.to = to;
    this.listener = listener;
  }

  /**
   * Stores all that a manifest or index names, lowest first, and then the document itself, by
   * digest. Children of an index that the source lacks are left out there too: a sparse copy of an
   * image stays one.
   */
  public void graph(Content root) {
    if (MediaTypes.isIndex(root.mediaType())) {
      Index index = OciJson.index(root);
      for (Descriptor child : index.manifests()) {
        Optional<Content> content = from.findManifest(child.digest().toString());
        content.ifPresent(this::graph);
      }
    } else {
      blobsOf(OciJson.manifest(root));
    }
    to.putByDigest(root);
  }

  /** Copies the configuration and layers of one manifest, several at once. */
  public void blobsOf(Manifest manifest) {
    var wanted = new ArrayList<Descriptor>();
    addNew(wanted, manifest.config());
    manifest.layers().forEach(layer -> addNew(wanted, layer));
    ExecutorService workers = Executors.newFixedThreadPool(BLOBS_AT_ONCE);
    try {
      List<Future<?>> copies = new ArrayList<>();
      wanted.forEach(blob -> copies.add(workers.submit(() -> copy(blob))));
      for (Future<?> copy : copies) {
        copy.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof SluiceException known
          ? known
          : new SluiceException(
              FailureKind.INTERNAL, "copy from " + from + " to " + to, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(
          FailureKind.CANCELLED, "copy from " + from + " to " + to + ": interrupted", e);
    } finally {
      workers.shutdownNow();
    }
  }

  private void addNew(List<Descriptor> wanted, Descriptor blob) {
    if (done.add(blob.digest())) {
      wanted.add(blob);
    }
  }

  private void copy(Descriptor blob) {
    if (to.hasBlob(blob.digest())) {
      return;
    }
    if (!blob.urls().isEmpty() && !from.hasBlob(blob.digest())) {
      // A layer that may not be distributed stays where its URLs say.
      return;
    }
    to.copyBlob(blob, from);
    listener.copied(blob);
  }
}
