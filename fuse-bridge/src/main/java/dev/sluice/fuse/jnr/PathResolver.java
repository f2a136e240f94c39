package dev.sluice.fuse.jnr;

import dev.sluice.fuse.ReadOnlyFs;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Finds nodes by path, and remembers the directories of late. */
final class PathResolver {
  private static final int MAX_DIRECTORIES = 4096;

  private final ReadOnlyFs fs;

  // Guarded by itself.
  private final Map<ByteBuffer, Long> directories =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ByteBuffer, Long> eldest) {
          return size() > MAX_DIRECTORIES;
        }
      };

  PathResolver(ReadOnlyFs fs) {
    this.fs = fs;
  }

  /**
   * @param path absolute, as libfuse gives it
   * @return 0 if there is no such node
   */
  long resolve(byte[] path) {
    int slash = lastSlash(path, path.length);
    if (slash < 0 || path.length == 1) {
      return ReadOnlyFs.ROOT;
    }
    long parent = directory(path, slash);
    return parent == 0 ? 0 : fs.lookup(parent, Arrays.copyOfRange(path, slash + 1, path.length));
  }

  /** The node whose path is the first {@code length} bytes. */
  private long directory(byte[] path, int length) {
    if (length == 0) {
      return ReadOnlyFs.ROOT;
    }
    ByteBuffer key = ByteBuffer.wrap(Arrays.copyOf(path, length));
    synchronized (directories) {
      Long known = directories.get(key);
      if (known != null) {
        return known;
      }
    }
    int slash = lastSlash(path, length);
    long parent = directory(path, slash);
    long found = parent == 0 ? 0 : fs.lookup(parent, Arrays.copyOfRange(path, slash + 1, length));
    if (found != 0) {
      synchronized (directories) {
        directories.put(key, found);
      }
    }
    return found;
  }

  void forget() {
    synchronized (directories) {
      directories.clear();
    }
  }

  private static int lastSlash(byte[] path, int before) {
    for (int i = before - 1; i >= 0; i--) {
      if (path[i] == '/') {
        return i;
      }
    }
    return -1;
  }
}
