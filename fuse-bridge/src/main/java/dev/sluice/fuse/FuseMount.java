package dev.sluice.fuse;

import java.nio.file.Path;

/** A file system that is mounted and served. */
public interface FuseMount extends AutoCloseable {
  Path directory();

  /** Whether requests are still served: false after close or an unmount from outside. */
  boolean isAlive();

  /** Counts of requests by kind, since the mount. */
  FuseCounters counters();

  /** Unmounts (lazily if busy) and stops serving. Idempotent. */
  @Override
  void close();
}
