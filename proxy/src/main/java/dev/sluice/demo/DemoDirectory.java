package dev.sluice.demo;

import dev.sluice.mount.MountEngine;
import dev.sluice.mount.StateDirectory;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The directory of one demonstration, called by its process id; removed at the end. */
record DemoDirectory(Path path) implements AutoCloseable {
  static DemoDirectory make(Path root) throws IOException {
    Files.createDirectories(
        root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    try (DirectoryStream<Path> left = Files.newDirectoryStream(root, "[0-9]*")) {
      for (Path directory : left) {
        if (!isAlive(directory)) {
          remove(directory);
        }
      }
    }
    Path own = root.resolve(Long.toString(ProcessHandle.current().pid()));
    return new DemoDirectory(Files.createDirectory(own));
  }

  private static boolean isAlive(Path directory) {
    long pid = Long.parseLong(directory.getFileName().toString());
    return pid != ProcessHandle.current().pid() && ProcessHandle.of(pid).isPresent();
  }

  private static void remove(Path directory) {
    Path state = stateIn(directory);
    if (Files.exists(state)) {
      MountEngine.sweep(new StateDirectory(state));
    }
    StateDirectory.removeTree(directory);
  }

  static Path stateIn(Path directory) {
    return directory.resolve("state");
  }

  @Override
  public void close() {
    StateDirectory.removeTree(path);
  }
}
