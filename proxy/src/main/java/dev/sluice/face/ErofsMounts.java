package dev.sluice.face;

import dev.sluice.fuse.linux.ApartMount;
import dev.sluice.fuse.linux.LinuxException;
import dev.sluice.fuse.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Mounts images of names. Blocks. */
final class ErofsMounts {
  private static final Logger LOG = LoggerFactory.getLogger(ErofsMounts.class);
  private static final String TYPE = "erofs";

  /** One at a time: settings that are new after a mount are its own. */
  private static final ReentrantLock MOUNTING = new ReentrantLock();

  private static final MountSettings NEW_SETTINGS = new MountSettings();

  /** Whose file the device is. */
  enum Device {
    /** Served by this process: it must not wait for itself. */
    OURS,
    ON_DISK
  }

  private ErofsMounts() {}

  /**
   * @param device the decompressed tar
   * @param direct whether it is read past the page cache, so that bytes are not cached twice
   * @throws LinuxException if the kernel can't
   */
  static void mount(Path image, Path device, Device whose, boolean direct, Path at)
      throws IOException {
    if (device.toString().indexOf(',') >= 0) {
      throw new IOException(
          "mount %s by EROFS: the kernel takes no comma in a device's path".formatted(at));
    }
    String options = "device=" + device + (direct ? ",directio" : "");
    Files.createDirectories(at);
    MOUNTING.lock();
    try {
      NEW_SETTINGS.look();
      if (whose == Device.OURS) {
        ApartMount.mount(image.toString(), at, TYPE, Mounts.MS_RDONLY, options);
      } else {
        Mounts.mount(image.toString(), at, TYPE, Mounts.MS_RDONLY, options);
      }
      readAhead();
    } finally {
      MOUNTING.unlock();
    }
  }

  private static void readAhead() {
    try {
      if (NEW_SETTINGS.set() == 0) {
        LOG.info("read-ahead of an EROFS mount stays at the kernel's default: it is not found");
      }
    } catch (IOException e) {
      LOG.info("read-ahead of an EROFS mount stays at the kernel's default: {}", e.toString());
    }
  }

  /** Takes a mount out of the tree; who uses it keeps it. Removes its directory. */
  static void unmount(Path at) {
    try {
      Mounts.unmount(at, EnumSet.of(Mounts.Unmount.LAZY));
      Files.deleteIfExists(at);
    } catch (IOException e) {
      LOG.warn("{}", e.getMessage());
    }
  }
}
