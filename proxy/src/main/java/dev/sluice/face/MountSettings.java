package dev.sluice.face;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The kernel's settings of EROFS mounts: those of a new one are found and set. */
final class MountSettings {
  /*
   * They lie in a directory that is called by a number, and nobody tells which mount has which. But
   * numbers grow by one with each mount, of some other file systems too. So those of a new mount lie
   * just above the newest that were there before; where they don't, all directories are looked at,
   * which takes longer the more mounts there are.
   */
  private static final Path ALL = Path.of("/sys/class/bdi");
  private static final String PREFIX = "erofs-";
  private static final int NEAR = 16;

  /** As of the FUSE mount: the kernel's own default of 128 KiB makes four requests of one. */
  private static final String READ_AHEAD_KIB = "512";

  private static final long UNKNOWN = -1;

  private long newest = UNKNOWN;

  /** Called before a mount, and nobody else of this process mounts until {@link #set}. */
  void look() throws IOException {
    if (newest == UNKNOWN) {
      newest = above(UNKNOWN).stream().mapToLong(Long::longValue).max().orElse(0);
    }
  }

  /** Sets those of the mounts that were made since; gives how many. */
  int set() throws IOException {
    List<Long> added = near();
    if (added.isEmpty()) {
      added = above(newest);
    }
    for (long number : added) {
      newest = Math.max(newest, number);
      Files.writeString(ALL.resolve(PREFIX + number).resolve("read_ahead_kb"), READ_AHEAD_KIB);
    }
    return added.size();
  }

  private List<Long> near() {
    List<Long> found = new ArrayList<>();
    for (long number = newest + 1; number <= newest + NEAR; number++) {
      if (Files.isDirectory(ALL.resolve(PREFIX + number))) {
        found.add(number);
      }
    }
    return found;
  }

  private static List<Long> above(long number) throws IOException {
    List<Long> found = new ArrayList<>();
    if (!Files.isDirectory(ALL)) {
      return found;
    }
    try (DirectoryStream<Path> all = Files.newDirectoryStream(ALL)) {
      for (Path each : all) {
        String name = each.getFileName().toString();
        if (name.startsWith(PREFIX)) {
          long its = Long.parseLong(name.substring(PREFIX.length()));
          if (its > number) {
            found.add(its);
          }
        }
      }
    }
    return found;
  }
}
