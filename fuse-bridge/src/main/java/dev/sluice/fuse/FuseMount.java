package dev.sluice.fuse;

import java.nio.file.Path;
import java.util.Optional;

/** A file system that is mounted and served. */
public interface FuseMount extends AutoCloseable {
  Path directory();

  /** Whether requests are still served: false after close or an unmount from outside. */
  boolean isAlive();

  /** Counts of requests by kind, since the mount. */
  FuseCounters counters();

  /**
   * Tells the kernel that {@code name} appeared in or vanished from {@code directory}, which it
   * takes for fixed otherwise. Seen at once with the kernel's protocol, within a second with
   * libfuse. Must not be called from within a {@link ReadOnlyFs}: the kernel may hold the directory
   * until a request for it is answered.
   */
  void changed(long directory, byte[] name);

  /** How to give the mount to another process; empty if the bridge can't. */
  Optional<HandOver> handOver();

  /** Unmounts (lazily if busy) and stops serving. Idempotent. */
  @Override
  void close();
}
