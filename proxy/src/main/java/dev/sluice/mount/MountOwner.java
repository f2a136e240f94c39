package dev.sluice.mount;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Which process holds a mount: written into its directory, so that a later start can tell a mount
 * in use from one whose process was killed. A process is known by id and start time.
 *
 * @param startedMillis start time of the process in milliseconds since 1970, 0 if unknown
 * @param target where the image is mounted for users
 */
record MountOwner(long pid, long startedMillis, Path target) {
  private static final String FILE = "owner";

  static MountOwner self(Path target) {
    ProcessHandle self = ProcessHandle.current();
    return new MountOwner(self.pid(), startOf(self), target);
  }

  void write(Path mountDirectory) throws IOException {
    Files.write(
        mountDirectory.resolve(FILE),
        List.of(Long.toString(pid), Long.toString(startedMillis), target.toString()));
  }

  /** The owner noted in a mount's directory; empty if the note is missing or torn. */
  static Optional<MountOwner> read(Path mountDirectory) throws IOException {
    Path file = mountDirectory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    List<String> lines = Files.readAllLines(file);
    try {
      return lines.size() < 3
          ? Optional.empty()
          : Optional.of(
              new MountOwner(
                  Long.parseLong(lines.get(0)),
                  Long.parseLong(lines.get(1)),
                  Path.of(lines.get(2))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean isAlive() {
    return ProcessHandle.of(pid).filter(p -> startOf(p) == startedMillis).isPresent();
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }
}
