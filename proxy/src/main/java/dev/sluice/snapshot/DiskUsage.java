package dev.sluice.snapshot;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Errno;
import dev.sluice.fuse.linux.FileStatus;
import dev.sluice.fuse.linux.LinuxException;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Adds up the disk space of a tree, a file with several names once. The tree may change meanwhile.
 */
final class DiskUsage {
  private static final int BLOCK_BYTES = 512;
  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;

  /** A file with several names. */
  private record Identity(long device, long inode) {}

  private final Set<Identity> seen = new HashSet<>();
  private final Deque<Path> directories = new ArrayDeque<>();
  private long bytes;
  private long inodes;

  private DiskUsage() {}

  /** Of a directory and all below it. */
  static Usage of(Path top) {
    DiskUsage usage = new DiskUsage();
    try {
      usage.add(top, FileStatus.of(top));
      while (!usage.directories.isEmpty()) {
        usage.addEntries(usage.directories.pop());
      }
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "add up the files in " + top + ": " + e.getMessage(), e);
    }
    return new Usage(usage.bytes, usage.inodes);
  }

  private void addEntries(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        try {
          add(entry, status(entry));
        } catch (LinuxException e) {
          if (e.errno() != Errno.ENOENT) {
            throw e;
          }
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      // Went away, or was replaced, while we looked: as if it had before.
      return;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  private void add(Path path, FileStatus status) {
    boolean isDirectory = (status.mode() & TYPE) == DIRECTORY;
    if (!isDirectory
        && status.links() > 1
        && !seen.add(new Identity(status.device(), status.inode()))) {
      return;
    }
    bytes += status.blocks() * BLOCK_BYTES;
    inodes++;
    if (isDirectory) {
      directories.push(path);
    }
  }

  /** A name that is not valid in this process's encoding can be asked for only through Java. */
  private static FileStatus status(Path path) throws IOException {
    if (path.equals(Path.of(path.toString()))) {
      return FileStatus.of(path);
    }
    Map<String, Object> all =
        Files.readAttributes(
            path, "unix:dev,ino,nlink,mode,uid,gid,size", LinkOption.NOFOLLOW_LINKS);
    long size = number(all, "size");
    return new FileStatus(
        number(all, "dev"),
        number(all, "ino"),
        (int) number(all, "nlink"),
        (int) number(all, "mode"),
        (int) number(all, "uid"),
        (int) number(all, "gid"),
        size,
        Math.ceilDiv(size, BLOCK_BYTES));
  }

  private static long number(Map<String, Object> attributes, String name) throws IOException {
    if (attributes.get(name) instanceof Number number) {
      return number.longValue();
    }
    throw new IOException("this Java does not tell the " + name + " of a file");
  }
}
