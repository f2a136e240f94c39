package dev.sluice.pull;

import io.vertx.core.buffer.Buffer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Consecutive bytes of a blob that one request brings. What has arrived can be read while the rest
 * is on its way.
 */
final class Range {
  private static final int SCRATCH_BYTES = 64 << 10;
  private static final ThreadLocal<byte[]> SCRATCH =
      ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

  final long from;
  final long length;

  /** Whether it is one of those that a layer in work may always have. */
  final boolean guaranteed;

  final long cost;
  private final MemorySegment memory;

  /** Only the thread that brings the bytes writes it; what is below has been copied. */
  private volatile long arrived;

  /** Only the reader's. */
  long read;

  /** Whether its request has ended. Guarded by the download's lock. */
  boolean settled;

  Range(long from, long length, boolean guaranteed, long cost, MemorySegment memory) {
    this.from = from;
    this.length = length;
    this.guaranteed = guaranteed;
    this.cost = cost;
    this.memory = memory;
  }

  long to() {
    return from + length;
  }

  long arrived() {
    return arrived;
  }

  MemorySegment memory() {
    return memory;
  }

  /**
   * Takes the next bytes.
   *
   * @return false if they are more than were asked for
   */
  boolean take(Buffer bytes) {
    long at = arrived;
    if (bytes.length() > length - at) {
      return false;
    }
    byte[] scratch = SCRATCH.get();
    for (int done = 0; done < bytes.length(); ) {
      int n = Math.min(scratch.length, bytes.length() - done);
      bytes.getBytes(done, done + n, scratch, 0);
      MemorySegment.copy(scratch, 0, memory, ValueLayout.JAVA_BYTE, at + done, n);
      done += n;
    }
    arrived = at + bytes.length();
    return true;
  }

  /** Copies what has arrived and is not read yet; how many bytes. */
  int read(byte[] into, int at, int most) {
    int n = (int) Math.min(most, arrived - read);
    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, read, into, at, n);
    read += n;
    return n;
  }
}
