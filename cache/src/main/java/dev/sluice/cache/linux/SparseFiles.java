package dev.sluice.cache.linux;

import java.io.IOException;
import java.nio.file.Path;

/** A file system that can punch holes. */
public interface SparseFiles {
  /** Creates a file that must not exist, mode 0600, for reading and writing. */
  SparseFile create(Path path) throws IOException;

  /** Opens a file that must exist, for reading and writing. */
  SparseFile open(Path path) throws IOException;

  /** Bytes that an unprivileged user may still write where {@code path} lies. */
  long usable(Path path) throws IOException;

  /** The host's own. */
  static SparseFiles host() {
    return LinuxFiles.INSTANCE;
  }
}
