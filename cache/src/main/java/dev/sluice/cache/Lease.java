package dev.sluice.cache;

import java.lang.foreign.MemorySegment;

/**
 * Bytes of a layer, pinned in their tiers until {@link #close}.
 *
 * <p>The parts may be memory mappings of a cache file: give them to the kernel (writev), or copy
 * them with {@link #copyTo}; never touch them from Java, a truncated file would raise SIGBUS.
 */
public interface Lease extends AutoCloseable {
  /** How many parts follow one another. */
  int parts();

  /** Address of the part's first byte. */
  long address(int part);

  /** Length of the part in bytes. */
  long length(int part);

  /** Length of all parts in bytes. */
  default long length() {
    long sum = 0;
    for (int i = 0; i < parts(); i++) {
      sum += length(i);
    }
    return sum;
  }

  /**
   * Copies all parts to {@code target} without touching a mapping (file parts are read by pread).
   *
   * @throws java.io.IOException if a cache file can't be read
   */
  void copyTo(MemorySegment target) throws java.io.IOException;

  /**
   * Says that the kernel could not read the memory (EFAULT): the parts' chunks on disk are dropped
   * once their leases are closed, so that the next read fetches them again.
   */
  default void spoiled() {}

  @Override
  void close();
}
