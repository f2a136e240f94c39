package dev.sluice.load.faults;

import dev.sluice.load.Program;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;

/** What a disk does wrong under the cache. */
enum DiskFault {
  /** The file system is too small for what is read. */
  FULL,
  /** The disk below the file system has lost its second half: reads of it fail. */
  IO_ERRORS,
  /** It is read-only from the second start on. */
  READ_ONLY,
  /** Bits of the cache's files are flipped between two starts. */
  FLIPPED,
  /** Its files are cut between two starts. */
  CUT,
  /** Its files are cut while they are in use. */
  CUT_IN_USE,
  /** Its journals are cut between two starts. */
  TORN_JOURNAL;

  private static final Duration STEP = Duration.ofSeconds(30);

  String word() {
    return "disk-" + name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A file system of its own for the state. */
  boolean wantsFileSystem() {
    return this == FULL || this == READ_ONLY || this == IO_ERRORS;
  }

  /** Whether it strikes while the files are in use. */
  boolean inUse() {
    return this == FULL || this == IO_ERRORS || this == CUT_IN_USE;
  }

  void mount(Path root) throws IOException {
    Files.createDirectories(root);
    if (this == IO_ERRORS) {
      Program.run(STEP, "truncate", "-s", "64M", device(root));
      Program.run(STEP, "mkfs.ext4", "-q", "-O", "^has_journal", "-N", "64", device(root));
      Program.run(STEP, "mount", "-o", "loop,errors=continue", device(root), root);
      return;
    }
    Program.run(
        STEP,
        "mount",
        "-t",
        "tmpfs",
        "-o",
        this == FULL ? "size=14m" : "size=256m",
        "sluice-faults",
        root);
  }

  static void unmount(Path root) throws IOException {
    Program.run(STEP, "umount", "-l", root);
    Files.deleteIfExists(device(root));
  }

  /** The file behind the disk. */
  private static Path device(Path root) {
    return root.resolveSibling("disk.img");
  }

  /* What is written there later comes back, or as zeros. The kernel forgets what it has read. */
  private static int loseHalf(Path root) throws IOException {
    Program.run(STEP, "sync", "-f", root);
    Program.run(STEP, "truncate", "-s", "8M", device(root));
    for (Path file : files(root.resolve("cache"))) {
      Program.run(STEP, "dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
    }
    return 1;
  }

  /** Between two starts, or in the midst of one; how often it broke something. */
  int strike(Path root, Random random) throws IOException {
    if (this == FULL) {
      return 1;
    }
    if (this == IO_ERRORS) {
      return loseHalf(root);
    }
    if (this == READ_ONLY) {
      Program.run(STEP, "mount", "-o", "remount,ro", root);
      return 1;
    }
    int struck = 0;
    for (Path file : files(root.resolve("cache"))) {
      boolean journal = file.getFileName().toString().contains("journal");
      if (this == TORN_JOURNAL && !journal) {
        continue;
      }
      try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
        long length = open.length();
        if (length == 0) {
          continue;
        }
        if (this == FLIPPED) {
          for (int i = 0; i < 20; i++) {
            long at = (long) (random.nextDouble() * length);
            open.seek(at);
            int was = open.read();
            open.seek(at);
            open.write(was ^ (1 << random.nextInt(8)));
            struck++;
          }
        } else {
          open.setLength((long) (random.nextDouble() * length));
          struck++;
        }
      }
    }
    return struck;
  }

  private static List<Path> files(Path directory) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.getFileName().toString().contains("lock"))
          .sorted()
          .toList();
    }
  }
}
