package dev.sluice.registry.hosts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import org.jspecify.annotations.Nullable;

/**
 * A file or directory at a moment: equal as long as it hasn't changed.
 *
 * @param identity device and inode; null if it doesn't exist
 * @param size in bytes; -1 if it doesn't exist
 */
public record StampedFile(Path path, @Nullable String identity, FileTime modified, long size) {
  private static final FileTime NEVER = FileTime.fromMillis(0);

  /** Asks the file system; blocks. What can't be asked for counts as absent. */
  static StampedFile of(Path path) {
    try {
      return ask(path);
    } catch (UncheckedIOException _) {
      return absent(path);
    }
  }

  /**
   * @throws UncheckedIOException if the file system doesn't say whether it exists
   */
  static StampedFile ask(Path path) {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      return new StampedFile(
          path,
          now.fileKey() + (now.isDirectory() ? "/" : ""),
          now.lastModifiedTime(),
          now.isDirectory() ? 0 : now.size());
    } catch (NoSuchFileException | NotDirectoryException _) {
      return absent(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static StampedFile absent(Path path) {
    return new StampedFile(path, null, NEVER, -1);
  }

  boolean exists() {
    return identity != null;
  }

  boolean isDirectory() {
    return identity != null && identity.endsWith("/");
  }

  boolean hasChanged() {
    return !equals(of(path));
  }
}
