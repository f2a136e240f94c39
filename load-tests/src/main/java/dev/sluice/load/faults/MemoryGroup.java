package dev.sluice.load.faults;

import dev.sluice.load.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A control group that bounds memory, page cache included; of version 2 or 1. */
final class MemoryGroup implements AutoCloseable {
  private static final Path TOP = Path.of("/sys/fs/cgroup");
  private static final Duration EMPTY = Duration.ofSeconds(30);

  private final Path directory;
  private final boolean second;

  private MemoryGroup(Path directory, boolean second) {
    this.directory = directory;
    this.second = second;
  }

  /** Makes one; empty if this machine lets nobody bound memory. */
  static Optional<MemoryGroup> make() throws IOException {
    String name = "sluice-faults-" + ProcessHandle.current().pid();
    Path controllers = TOP.resolve("cgroup.subtree_control");
    boolean second =
        Files.exists(controllers)
            && Files.readString(TOP.resolve("cgroup.controllers")).contains("memory");
    Path top = second ? TOP : TOP.resolve("memory");
    if (!Files.isWritable(top) || !Files.exists(top.resolve("cgroup.procs"))) {
      return Optional.empty();
    }
    if (second) {
      Files.writeString(controllers, "+memory");
    }
    MemoryGroup group = new MemoryGroup(Files.createDirectories(top.resolve(name)), second);
    group.limit(Long.MAX_VALUE);
    return Optional.of(group);
  }

  /** The words before a command that make it, and all that it starts, a member. */
  List<String> enter() {
    return List.of(
        "sh", "-c", "echo $$ >'" + directory.resolve("cgroup.procs") + "'; exec \"$@\"", "enter");
  }

  /** Bounds it from now on; {@link Long#MAX_VALUE} for no bound. */
  void limit(long bytes) throws IOException {
    if (second) {
      Files.writeString(
          directory.resolve("memory.max"), bytes == Long.MAX_VALUE ? "max" : Long.toString(bytes));
    } else {
      Files.writeString(
          directory.resolve("memory.limit_in_bytes"),
          bytes == Long.MAX_VALUE ? "-1" : Long.toString(bytes));
    }
  }

  /** How often it wanted more than it may have. */
  long met() throws IOException {
    if (!second) {
      return Long.parseLong(Files.readString(directory.resolve("memory.failcnt")).strip());
    }
    for (String line : Files.readAllLines(directory.resolve("memory.events"))) {
      if (line.startsWith("max ")) {
        return Long.parseLong(line.substring(4));
      }
    }
    return 0;
  }

  /** The most that it had, in bytes. */
  long peak() throws IOException {
    Path file = directory.resolve(second ? "memory.peak" : "memory.max_usage_in_bytes");
    return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
  }

  /** Removes it; its members must have ended. */
  @Override
  public void close() throws IOException {
    Waiting.until(
        "no process is in " + directory,
        EMPTY,
        () -> Files.readString(directory.resolve("cgroup.procs")).isBlank());
    Files.delete(directory);
  }
}
