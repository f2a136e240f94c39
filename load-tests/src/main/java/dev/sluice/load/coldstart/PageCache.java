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

  /** Writes what is to be written and forgets what can be read again; whether that was allowed. */
  static boolean drop() {
    Program.run(LIMIT, "sync");
    try {
      Files.writeString(DROP, "3\n");
      return true;
    } catch (IOException _) {
      return false; // in a container without the right to; reported beside the results
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
