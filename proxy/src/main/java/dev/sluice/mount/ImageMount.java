package dev.sluice.mount;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.Mounts.Unmount;
import dev.sluice.layer.ImpliedDirectories;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.MountedLayer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An image's root file system, mounted: its layers by FUSE, the kernel's overlayfs on top. */
public final class ImageMount implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageMount.class);

  private final Path directory;
  private final Path target;
  private final FuseMount fuse;
  private boolean closed;

  private ImageMount(Path directory, Path target, FuseMount fuse) {
    this.directory = directory;
    this.target = target;
    this.fuse = fuse;
  }

  /** Where the layers of the mount kept in {@code mountDirectory} are shown. */
  static Path fuseDirectory(Path mountDirectory) {
    return mountDirectory.resolve("fuse");
  }

  /**
   * Mounts {@code layers} (lowest first) at {@code target}, which must be a directory.
   *
   * @param writable whether changes go to an upper directory, which is removed at the end
   */
  static ImageMount mount(
      StateDirectory state,
      FuseBridge bridge,
      LayersFs fs,
      List<OpenLayer> layers,
      Path target,
      boolean writable) {
    Path directory = state.newMount();
    FuseMount fuse = null;
    try {
      MountOwner.self(target).write(directory);
      Path shown = fuseDirectory(directory);
      Path empty = directory.resolve("empty");
      StateDirectory.make(shown);
      StateDirectory.make(empty);
      List<Path> lowers = show(fs, layers, shown);
      // A read-only overlay wants two lower directories; this one adds nothing.
      lowers.add(empty);
      fuse = bridge.mount(fs, shown, MountOptions.DEFAULT);
      @Nullable Path upper = writable ? directory.resolve("upper") : null;
      @Nullable Path work = writable ? directory.resolve("work") : null;
      if (upper != null && work != null) {
        StateDirectory.make(upper);
        StateDirectory.make(work);
        likeTopLayer(upper, fs);
      }
      Overlay.mount(target, lowers, upper, work);
      return new ImageMount(directory, target, fuse);
    } catch (IOException | RuntimeException e) {
      if (fuse != null) {
        fuse.close();
      }
      StateDirectory.removeTree(directory);
      throw e instanceof SluiceException known
          ? known
          : new SluiceException(
              FailureKind.LOCAL_IO, "mount at " + target + ": " + e.getMessage(), e);
    }
  }

  /** The upper directory is what users see as the root, so it looks like the topmost layer's. */
  private static void likeTopLayer(Path upper, LayersFs fs) throws IOException {
    Attributes root = new Attributes();
    long topLayer = fs.lookup(ReadOnlyFs.ROOT, new byte[] {'1'});
    if (topLayer != 0 && fs.attributes(topLayer, root)) {
      Files.setAttribute(upper, "unix:uid", root.uid);
      Files.setAttribute(upper, "unix:gid", root.gid);
      Files.setAttribute(upper, "unix:mode", root.mode & 07777);
    }
  }

  /** Shows the layers, the topmost as number 1, and gives their directories in that order. */
  private static List<Path> show(LayersFs fs, List<OpenLayer> lowestFirst, Path shown) {
    List<LayerTree> trees =
        ImpliedDirectories.resolve(lowestFirst.stream().map(OpenLayer::tree).toList());
    List<Path> lowers = new ArrayList<>();
    for (int i = lowestFirst.size() - 1; i >= 0; i--) {
      OpenLayer layer = lowestFirst.get(i);
      int number =
          fs.add(
              new MountedLayer(
                  layer.plan().label(), trees.get(i), layer.bytes(), layer.watchers()));
      lowers.add(shown.resolve(Integer.toString(number)));
    }
    return lowers;
  }

  public Path target() {
    return target;
  }

  public FuseMount fuse() {
    return fuse;
  }

  /** Unmounts; files still in use keep the file system alive until they are closed. Idempotent. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      unmountOverlay();
    } catch (LinuxException e) {
      LOG.warn("{}", e.getMessage());
    }
    fuse.close();
    StateDirectory.removeTree(directory);
  }

  private void unmountOverlay() throws LinuxException {
    try {
      Mounts.unmount(target, EnumSet.noneOf(Unmount.class));
    } catch (LinuxException e) {
      LOG.warn("{}; it goes when they let go of it", e.getMessage());
      Mounts.unmount(target, EnumSet.of(Unmount.LAZY));
    }
  }
}
