package dev.sluice.cli;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether this process is root. */
final class Root {
  private Root() {}

  /**
   * @throws SluiceException FORBIDDEN if this process can't mount
   */
  static void require(String command) {
    if (!isRoot()) {
      throw new SluiceException(
          FailureKind.FORBIDDEN,
          command + ": mounting FUSE and overlayfs needs root",
          "run it with sudo",
          null);
    }
  }

  private static boolean isRoot() {
    try {
      return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "read the owner of /proc/self: " + e.getMessage(), e);
    }
  }
}
