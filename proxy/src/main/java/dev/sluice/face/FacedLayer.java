package dev.sluice.face;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.failure.SluiceException;
import dev.sluice.layer.LayersFs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One layer's face: mounted, looked after, taken away. */
final class FacedLayer {
  /*
   * Mounts are made and changed under the lock (this), by the threads of LayerFaces. A better face
   * is taken when the layer is next used; the mount before it stays as long as the layer, since
   * containers stand on it. What fails leaves the layer with FUSE, until it is next used after the
   * FUSE mount was made anew.
   */
  private static final Logger LOG = LoggerFactory.getLogger(FacedLayer.class);

  private final long number;
  private final ShownTree shown;
  private final FaceMaker maker;

  /** How the layer is shown from now on; read without the lock. */
  private volatile FaceStatus status = new FaceStatus(LayerFace.FUSE, "it is not used yet");

  // Guarded by this.
  private @Nullable Path image;
  private long namesDevice;
  private long wholeDevice;
  private int namesServedBy;
  private boolean namesFailed;
  private boolean wholeFailed;
  private boolean gone;

  FacedLayer(long number, ShownTree shown, FaceMaker maker) {
    this.number = number;
    this.shown = shown;
    this.maker = maker;
  }

  FaceStatus status() {
    return status;
  }

  /** The directory that shows it. */
  Path directory() {
    return switch (status.face()) {
      case FUSE -> maker.directories().served().resolve(Long.toString(number));
      case EROFS -> names();
      case DISK -> whole();
    };
  }

  private Path names() {
    return maker.directories().names().resolve(Long.toString(number));
  }

  private Path whole() {
    return maker.directories().whole().resolve(Long.toString(number));
  }

  /** Whether {@link #improve} has nothing to do; asks the kernel about one path at most. */
  synchronized boolean isSettled(int servedBy) {
    if (gone) {
      return true;
    }
    boolean complete = !wholeFailed && shown.bytes().complete();
    return switch (status.face()) {
      case FUSE -> namesFailed && namesServedBy == servedBy && !complete;
      case EROFS -> namesServedBy == servedBy && isMounted(names(), namesDevice) && !complete;
      case DISK -> complete && isMounted(whole(), wholeDevice);
    };
  }

  /**
   * Gives the layer the best face that can be had now.
   *
   * @param servedBy which FUSE mount serves the bytes: another one than before makes what stood on
   *     that one useless
   */
  synchronized void improve(int servedBy) {
    if (gone) {
      return;
    }
    if (shown.bytes().complete() && !wholeFailed && tryWhole()) {
      status = new FaceStatus(LayerFace.DISK, null);
      return;
    }
    if (namesServedBy != servedBy) {
      namesFailed = false;
    }
    if (!namesFailed) {
      tryNames(servedBy);
    }
  }

  private boolean tryWhole() {
    try {
      if (isMounted(whole(), wholeDevice)) {
        return true;
      }
      Optional<Path> tar =
          shown.bytes().map().size() % 512 == 0 ? shown.bytes().seal() : Optional.empty();
      if (tar.isEmpty()) {
        wholeFailed = true;
        return false;
      }
      Path names = image();
      if (!maker.earlierWhole().adopt(whole(), names)) {
        forgetMount(whole(), wholeDevice);
        maker.mountWhole(names, tar.get(), whole());
      }
      wholeDevice = deviceOf(whole());
      return true;
    } catch (IOException | RuntimeException e) {
      wholeFailed = true;
      failed("from the cache's file", e);
      return false;
    }
  }

  private void tryNames(int servedBy) {
    try {
      if (namesServedBy != servedBy || !isMounted(names(), namesDevice)) {
        Path names = image();
        if (!maker.adoptNames(names, names(), servedBy)) {
          forgetMount(names(), namesDevice);
          maker.mountNames(
              names, maker.directories().served().resolve(LayersFs.tarName(number)), names());
        }
        namesDevice = deviceOf(names());
      }
      status = new FaceStatus(LayerFace.EROFS, null);
    } catch (IOException | RuntimeException e) {
      namesFailed = true;
      status = new FaceStatus(LayerFace.FUSE, SluiceException.describe(e));
      failed("by EROFS", e);
    }
    namesServedBy = servedBy;
  }

  private void failed(String how, Exception e) {
    maker.counters().failures.increment();
    LOG.warn(
        "mount layer {} {}: {}; it is shown by {}",
        shown.label(),
        how,
        SluiceException.describe(e),
        status.face().label());
  }

  private Path image() throws IOException {
    Path known = image;
    if (known == null) {
      known = maker.images().of(number, this::write);
      image = known;
    }
    return known;
  }

  private ErofsImage write() {
    // What an earlier process has mounted has not this image below it, though its name be the same.
    maker.earlierNames().drop(names());
    maker.earlierWhole().drop(whole());
    // Overlayfs tells layers apart by the key, and an image may hold a layer twice.
    return ErofsImage.of(
        shown.tree(),
        LayersFs.tarLength(shown.bytes().map().size()),
        shown.bytes().key() + "/" + number);
  }

  /** Takes the layer's mounts away. */
  synchronized void forget() {
    gone = true;
    status = new FaceStatus(LayerFace.FUSE, "it is gone");
    unmount();
    try {
      maker.images().forget(number);
    } catch (IOException e) {
      LOG.warn("delete the image of names of layer {}: {}", shown.label(), e.toString());
    }
  }

  /** Unmounts; the image stays for the next start. */
  synchronized void unmount() {
    gone = true;
    maker.earlierNames().drop(names());
    maker.earlierWhole().drop(whole());
    forgetMount(names(), namesDevice);
    forgetMount(whole(), wholeDevice);
    namesDevice = 0;
    wholeDevice = 0;
  }

  private static void forgetMount(Path at, long device) {
    if (isMounted(at, device)) {
      ErofsMounts.unmount(at);
    }
  }

  /** Whether a mount of ours is what is found at a path. The root of an EROFS needs no daemon. */
  private static boolean isMounted(Path at, long device) {
    try {
      return device != 0 && deviceOf(at) == device;
    } catch (IOException e) {
      return false;
    }
  }

  private static long deviceOf(Path at) throws IOException {
    return (Long) Files.getAttribute(at, "unix:dev");
  }
}
