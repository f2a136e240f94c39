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
    return this == FULL || this == READ_ONLY;
  }

  void mount(Path root) throws IOException {
    Files.createDirectories(root);
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

  static void unmount(Path root) {
    Program.run(STEP, "umount", "-l", root);
  }

  /** Between two starts, or in the midst of one; how often it broke something. */
  int strike(Path root, Random random) throws IOException {
    if (this == FULL) {
      return 1;
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
