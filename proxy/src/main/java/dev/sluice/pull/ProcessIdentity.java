package dev.sluice.pull;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * As whom this process makes files.
 *
 * @param inUserNamespace devices can't be made there
 */
record ProcessIdentity(AttributeWriter.NewFiles newFiles, boolean inUserNamespace) {
  /** A system's own ids, all of them, one to one. */
  private static final String ALL_IDS = "0 0 4294967295";

  static ProcessIdentity current() {
    try {
      List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
      String map = Files.readString(Path.of("/proc/self/uid_map")).strip().replaceAll("\\s+", " ");
      // Uid and Gid: real, effective, saved, of the file system.
      return new ProcessIdentity(
          new AttributeWriter.NewFiles(
              Long.parseLong(field(status, "Uid:").split("\\s+", -1)[3]),
              Long.parseLong(field(status, "Gid:").split("\\s+", -1)[3]),
              Integer.parseInt(field(status, "Umask:"), 8)),
          !map.equals(ALL_IDS));
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read /proc/self: " + e.getMessage() + "; is /proc mounted?", e);
    }
  }

  private static String field(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).strip())
        .findFirst()
        .orElseThrow(
            () -> new SluiceException(FailureKind.LOCAL_IO, "/proc/self/status has no " + name));
  }
}
