package dev.sluice.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the kernel tells about itself.
 *
 * @param proc usually /proc
 * @param fuseDevice usually /dev/fuse
 */
public record Machine(Path proc, Path fuseDevice) {
  public static Machine here() {
    return new Machine(Path.of("/proc"), Path.of("/dev/fuse"));
  }

  /** The version of the kernel, e.g. {@code 6.8.0-45-generic}. */
  String release() throws IOException {
    return Files.readString(proc.resolve("sys/kernel/osrelease")).strip();
  }

  boolean hasFileSystem(String type) throws IOException {
    return Files.readString(proc.resolve("filesystems"))
        .lines()
        .anyMatch(line -> line.strip().equals(type) || line.endsWith("\t" + type));
  }

  /** The rest of the line that begins with {@code name} in a file of a process. */
  Optional<String> line(String process, String file, String name) throws IOException {
    try (Stream<String> lines = Files.lines(proc.resolve(process).resolve(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(name.length()).strip())
          .findFirst();
    }
  }
}
