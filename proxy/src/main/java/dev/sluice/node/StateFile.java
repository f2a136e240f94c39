package dev.sluice.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;

/** A small file of the state directory that is as before or as wanted, whenever power fails. */
final class StateFile {
  private StateFile() {}

  /**
   * Replaces the text of a file: written beside it, synced, renamed. Calls for one file must not
   * overlap.
   *
   * @throws IOException if that fails; the file is as before then
   */
  static void replace(Path file, String text) throws IOException {
    Path draft = draft(file);
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(directoryOf(file))) {
      channel.force(true);
    }
  }

  private static Path directoryOf(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
  }

  static Path draft(Path file) {
    return file.resolveSibling(file.getFileName() + ".draft");
  }
}
