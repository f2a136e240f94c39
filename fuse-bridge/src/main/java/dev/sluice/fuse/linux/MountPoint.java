package dev.sluice.fuse.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The directory at which a bridge mounts. */
public final class MountPoint {
  private MountPoint() {}

  /**
   * The real path of {@code directory}, as the mount table shows it.
   *
   * @param type of the mount to be, e.g. "fuse.sluice"
   * @throws IOException if it is no directory, or such a mount is there already
   */
  public static Path resolve(Path directory, String type) throws IOException {
    // Looked up before the directory is touched: a touch of a mount that nobody serves can hang.
    Optional<MountEntry> there = Mounts.top(directory.toAbsolutePath().normalize());
    if (there.isPresent() && there.get().type().equals(type)) {
      throw new IOException(
          "mount "
              + type
              + " at "
              + directory
              + ": one is mounted there already; umount -l "
              + directory
              + " removes it");
    }
    if (!Files.isDirectory(directory)) {
      throw new IOException(
          "mount " + type + " at " + directory + ": no such directory; create it first");
    }
    return directory.toRealPath();
  }
}
