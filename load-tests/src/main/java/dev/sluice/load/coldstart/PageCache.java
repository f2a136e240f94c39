package dev.sluice.load.coldstart;

import dev.sluice.load.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** The kernel's memory of files. */
final class PageCache {
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");
  private static final Duration LIMIT = Duration.ofMinutes(5);

  private PageCache() {}

  /** Writes what is to be written and forgets what can be read again. */
  static void drop() throws IOException {
    Program.run(LIMIT, "sync");
    try {
      Files.writeString(DROP, "3\n");
    } catch (IOException e) {
      throw new IOException(
          "drop the kernel's caches by "
              + DROP
              + ": "
              + e.getMessage()
              + "; --keep-caches goes on without",
          e);
    }
  }

  /** Reads the files below a directory that are small, and those of some blobs. */
  static void readBlobs(Path directory, Iterable<String> digests) {
    StringBuilder names = new StringBuilder();
    for (String digest : digests) {
      names.append(" -o -path */").append(digest.substring(digest.indexOf(':') + 1)).append("/*");
    }
    Program.run(
        LIMIT,
        "sh",
        "-euc",
        "set -f; find \"$1\" -type f \\( -size -16M $2 \\) -exec cat {} + >/dev/null",
        "sh",
        directory,
        names);
  }
}
