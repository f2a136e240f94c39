package dev.sluice.node;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.FuseBridge;
import dev.sluice.fuse.FuseCounters;
import dev.sluice.fuse.FuseMount;
import dev.sluice.fuse.MountOptions;
import dev.sluice.fuse.ReadOnlyFs;
import dev.sluice.fuse.linux.FileStatus;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.Mounts.Unmount;
import dev.sluice.layer.LayersFs;
import dev.sluice.layer.MountedLayer;
import dev.sluice.mount.StateDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one FUSE mount of a node: a directory per lazy snapshot, called by the snapshot's id. Mounted
 * anew if somebody unmounts it.
 */
final class NodeMount implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeMount.class);

  private final FuseBridge bridge;
  private final Path directory;
  private final LayersFs fs;

  /** Guarded by this. */
  private FuseMount mount;

  /** Names the file system that is mounted; guarded by this. */
  private long device;

  /** Guarded by this. */
  private int number = 1;

  /**
   * Mounts that were taken out of the tree and live on below EROFS mounts: containers need them
   * still.
   */
  private final List<FuseMount> displaced = new ArrayList<>();

  private NodeMount(FuseBridge bridge, Path directory, LayersFs fs, FuseMount mount) {
    this.bridge = bridge;
    this.directory = directory;
    this.fs = fs;
    this.mount = mount;
    this.device = deviceAt(directory);
  }

  /** Which file system is at a directory, 0 if there is none; nobody is asked for it. */
  private static long deviceAt(Path directory) {
    try {
      return FileStatus.remembered(directory).device();
    } catch (LinuxException e) {
      return 0;
    }
  }

  /**
   * Mounts at {@code directory}, after what an earlier process left mounted there is taken away:
   * containers that still have it open keep that, and see errors.
   *
   * @throws SluiceException LOCAL_IO if FUSE can't be mounted
   */
  static NodeMount open(FuseBridge bridge, Path directory, LayersFs fs) {
    clear(directory);
    StateDirectory.make(directory);
    return new NodeMount(bridge, directory, fs, mount(bridge, directory, fs));
  }

  private static FuseMount mount(FuseBridge bridge, Path directory, LayersFs fs) {
    try {
      return bridge.mount(fs, directory, MountOptions.DEFAULT);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "mount the node's layers at " + directory + ": " + e.getMessage(),
          "sluice doctor says what is missing",
          e);
    }
  }

  private static void clear(Path directory) {
    try {
      for (MountEntry entry : Mounts.below(directory)) {
        Mounts.unmount(Path.of(entry.directory()), EnumSet.of(Unmount.LAZY));
        LOG.info("took away {} that an earlier process had mounted", entry.directory());
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "take away old mounts at " + directory + ": " + e.getMessage(), e);
    }
  }

  Path directory(long snapshot) {
    return directory.resolve(Long.toString(snapshot));
  }

  /** Shows a layer as a snapshot's directory. */
  void show(long snapshot, MountedLayer layer) {
    fs.add(Math.toIntExact(snapshot), layer);
    changed(snapshot);
  }

  void hide(long snapshot) {
    fs.remove(Math.toIntExact(snapshot));
    changed(snapshot);
  }

  private void changed(long snapshot) {
    changed(Long.toString(snapshot));
    changed(LayersFs.tarName(snapshot));
  }

  private synchronized void changed(String name) {
    mount.changed(ReadOnlyFs.ROOT, name.getBytes(StandardCharsets.US_ASCII));
  }

  /** Grows when it is mounted anew: what stood on the mount before is dead then. */
  synchronized int number() {
    return number;
  }

  /** Whether this is the mount that an earlier process served, taken over from it. */
  boolean isTakenOver() {
    return false;
  }

  synchronized boolean isAlive() {
    return mount.isAlive() && deviceAt(directory) == device;
  }

  synchronized FuseCounters counters() {
    return mount.counters();
  }

  /**
   * Mounts again if the mount is gone.
   *
   * @throws SluiceException UNAVAILABLE if that fails
   */
  synchronized void ensureAlive() {
    if (isAlive()) {
      return;
    }
    LOG.warn("{} was unmounted by somebody else; mounting it again", directory);
    try {
      if (mount.isAlive()) {
        displaced.add(mount);
      } else {
        mount.close();
      }
      clear(directory);
      mount = mount(bridge, directory, fs);
      device = deviceAt(directory);
      number++;
    } catch (SluiceException e) {
      throw new SluiceException(FailureKind.UNAVAILABLE, SluiceException.describe(e), e);
    }
  }

  /** Unmounts. */
  @Override
  public synchronized void close() {
    displaced.forEach(FuseMount::close);
    mount.close();
  }
}
