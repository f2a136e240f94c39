package dev.sluice.mount;

import dev.sluice.fuse.linux.MountEntry;
import dev.sluice.fuse.linux.Mounts;
import dev.sluice.fuse.linux.Mounts.Unmount;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes away what a killed process left mounted: its overlay, its FUSE mount, its directory. */
final class StaleMounts {
  private static final Logger LOG = LoggerFactory.getLogger(StaleMounts.class);

  private StaleMounts() {}

  /** Cleans up after every owner that is gone; gives how many mounts of images it removed. */
  static int sweep(StateDirectory state) {
    int swept = 0;
    try (DirectoryStream<Path> mounts = Files.newDirectoryStream(state.mounts())) {
      for (Path mount : mounts) {
        if (sweep(mount)) {
          swept++;
        }
      }
    } catch (IOException e) {
      throw StateDirectory.cannot("read", state.mounts(), e);
    }
    return swept;
  }

  private static boolean sweep(Path mount) {
    try {
      Optional<MountOwner> owner = MountOwner.read(mount);
      if (owner.isEmpty() || owner.get().isAlive()) {
        return false;
      }
      remove(mount, owner.get().target());
      LOG.warn(
          "unmounted {}: process {} that had mounted it is gone",
          owner.get().target(),
          owner.get().pid());
      return true;
    } catch (IOException e) {
      LOG.warn(
          "clean up after a killed mount in {}: {}; it is tried again at the next start",
          mount,
          e.toString());
      return false;
    }
  }

  /** Unmounts the overlay at {@code target} and everything below {@code mount}, then removes it. */
  static void remove(Path mount, Path target) throws IOException {
    Path fuse = ImageMount.fuseDirectory(mount);
    for (MountEntry entry : Mounts.list().reversed()) {
      boolean ours =
          entry.type().equals(Overlay.TYPE)
              && entry.source().equals(Overlay.SOURCE)
              && entry.superOptions().contains(fuse + "/");
      if (ours && Path.of(entry.directory()).equals(target)) {
        Mounts.unmount(target, EnumSet.of(Unmount.LAZY));
      }
    }
    for (MountEntry entry : Mounts.below(mount)) {
      Mounts.unmount(Path.of(entry.directory()), EnumSet.of(Unmount.LAZY));
    }
    StateDirectory.removeTree(mount);
  }
}
