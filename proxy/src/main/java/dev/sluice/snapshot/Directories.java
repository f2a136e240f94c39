package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The snapshots' directories: {@code snapshots/<id>/fs}, and {@code work} for an overlay. */
final class Directories {
  private static final Logger LOG = LoggerFactory.getLogger(Directories.class);

  private final Path snapshots;

  Directories(Path root) {
    this.snapshots = root.resolve("snapshots");
  }

  /** Who owns the files' top directory. */
  record Owner(int uid, int gid) {}

  void makeTop() throws IOException {
    Files.createDirectories(snapshots);
    Files.setPosixFilePermissions(snapshots, PosixFilePermissions.fromString("rwx------"));
  }

  /** The highest number of a directory, 0 if there is none. */
  long highestId() throws IOException {
    return Files.isDirectory(snapshots)
        ? present().stream().mapToLong(Directories::id).max().orElse(0)
        : 0;
  }

  Path files(long id) {
    return snapshots.resolve(Long.toString(id)).resolve("fs");
  }

  Path work(long id) {
    return snapshots.resolve(Long.toString(id)).resolve("work");
  }

  /**
   * @param owner null for this process's user
   */
  void create(long id, SnapshotKind kind, @Nullable Owner owner) {
    Path directory = snapshots.resolve(Long.toString(id));
    try {
      // A number that the store gives for the first time: what lies there is nobody's.
      TreeRemover.remove(directory);
      make(directory, "rwx------");
      make(files(id), "rwxr-xr-x");
      if (kind == SnapshotKind.ACTIVE) {
        make(work(id), "rwx--x--x");
      }
      if (owner != null) {
        Files.setAttribute(files(id), "unix:uid", owner.uid(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(files(id), "unix:gid", owner.gid(), LinkOption.NOFOLLOW_LINKS);
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "make the directory " + directory + " of a snapshot: " + SluiceException.describe(e),
          "check that the disk has space and inodes",
          e);
    }
  }

  Owner owner(long id) {
    Path files = files(id);
    try {
      return new Owner(
          (int) Files.getAttribute(files, "unix:uid", LinkOption.NOFOLLOW_LINKS),
          (int) Files.getAttribute(files, "unix:gid", LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "read the owner of "
              + files
              + ", the files of a snapshot: "
              + SluiceException.describe(e),
          "somebody else removed or changed it: remove the image and pull it again",
          e);
    }
  }

  /** Removes what a snapshot had; what can't be removed now is left to a later clean-up. */
  void remove(long id) {
    remove(snapshots.resolve(Long.toString(id)));
  }

  void remove(Path directory) {
    try {
      TreeRemover.remove(directory);
    } catch (IOException e) {
      LOG.warn(
          "remove the directory {} of a snapshot that is gone; the next clean-up tries again: {}",
          directory,
          SluiceException.describe(e));
    }
  }

  /** Directories of none of these snapshots. */
  List<Path> orphans(Set<Long> ids) {
    try {
      return present().stream().filter(directory -> !ids.contains(id(directory))).toList();
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "list " + snapshots + ": " + SluiceException.describe(e), e);
    }
  }

  private List<Path> present() throws IOException {
    List<Path> present = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(snapshots)) {
      entries.forEach(present::add);
    }
    return present;
  }

  /** The number that a directory's name is; 0, which no snapshot has, for another name. */
  private static long id(Path directory) {
    try {
      return Long.parseLong(directory.getFileName().toString());
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static void make(Path directory, String permissions) throws IOException {
    Files.createDirectory(directory);
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString(permissions));
  }
}
