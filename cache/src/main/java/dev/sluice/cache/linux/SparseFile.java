package dev.sluice.cache.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * An open file with holes. Safe for many threads; not closed by an interrupt, as a channel of the
 * JDK would be.
 */
public interface SparseFile extends AutoCloseable {
  /**
   * Reads from {@code offset} into all of {@code target}.
   *
   * @return bytes read, fewer than asked only at the end of the file
   */
  long read(long offset, MemorySegment target) throws IOException;

  /** Writes all of {@code source} at {@code offset}. */
  void write(long offset, MemorySegment source) throws IOException;

  /** Writes all of {@code source} at {@code offset}. */
  default void write(long offset, byte[] source) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      write(offset, arena.allocateFrom(ValueLayout.JAVA_BYTE, source));
    }
  }

  /** Returns when what was written will survive a loss of power (fdatasync). */
  void sync() throws IOException;

  /** Makes {@code [offset, offset + length)} read as zeros and frees its whole blocks. */
  void punch(long offset, long length) throws IOException;

  /** Takes clean pages of {@code [offset, offset + length)} out of the page cache, if it can. */
  void uncache(long offset, long length) throws IOException;

  /** Cuts the file, or makes it longer by a hole. */
  void resize(long size) throws IOException;

  /** Length of the file in bytes. */
  long size() throws IOException;

  /** Bytes of the file system that the file takes. */
  long allocated() throws IOException;

  /**
   * Maps the first {@code length} bytes read-only and shared.
   *
   * @return the address; never touch it from Java (a truncated file raises SIGBUS)
   */
  long map(long length) throws IOException;

  /** Ends a mapping of this file. */
  void unmap(long address, long length) throws IOException;

  /**
   * Takes the exclusive lock of the file, held until it is closed.
   *
   * @return false if another open file has it, in this process or any other
   */
  boolean tryLock() throws IOException;

  @Override
  void close() throws IOException;
}
