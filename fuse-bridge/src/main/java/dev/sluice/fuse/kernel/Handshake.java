package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * What kernel and server agreed on at INIT.
 *
 * @param minor minor version of the protocol, the major one is 7
 * @param flags of {@link InitFlags}
 */
record Handshake(int minor, long flags) {
  static final int MAJOR = 7;

  /** Newest minor version whose structs this code knows (Linux 6.13). */
  private static final int NEWEST_MINOR = 41;

  /** Oldest minor version with the structs that this code writes (Linux 3.15). */
  static final int OLDEST_MINOR = 23;

  /** Bytes of {@code fuse_init_out}. */
  static final int ANSWER_BYTES = 64;

  /** Pages of one request: 1 MiB, which is also the kernel's default limit. */
  static final int MAX_PAGES = 256;

  /** Asynchronous requests (read-ahead) in flight; the default of 12 starves parallel readers. */
  private static final int MAX_BACKGROUND = 256;

  private static final int CONGESTION_THRESHOLD = 192;

  /** Nothing is ever written, so the smallest that the kernel takes; it sizes read buffers. */
  private static final int MAX_WRITE = 4096;

  private static final int MAX_READ_AHEAD = 16 << 20;

  /** Agrees with the offer of an INIT request, as far as it is wanted. */
  static Handshake agree(Request init, long wanted) {
    int minor = Math.min(init.intAt(4), NEWEST_MINOR);
    long offered = Integer.toUnsignedLong(init.intAt(12));
    if ((offered & InitFlags.INIT_EXT) != 0) {
      offered |= (long) init.intAt(16) << 32;
    }
    return new Handshake(minor, wanted & offered);
  }

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Writes {@code fuse_init_out}. */
  void write(MemorySegment out) {
    out.asSlice(0, ANSWER_BYTES).fill((byte) 0);
    out.set(JAVA_INT_UNALIGNED, 0, MAJOR);
    out.set(JAVA_INT_UNALIGNED, 4, minor);
    out.set(JAVA_INT_UNALIGNED, 8, MAX_READ_AHEAD);
    out.set(JAVA_INT_UNALIGNED, 12, (int) flags);
    out.set(JAVA_SHORT_UNALIGNED, 16, (short) MAX_BACKGROUND);
    out.set(JAVA_SHORT_UNALIGNED, 18, (short) CONGESTION_THRESHOLD);
    out.set(JAVA_INT_UNALIGNED, 20, MAX_WRITE);
    out.set(JAVA_INT_UNALIGNED, 24, 1); // time stamps are exact to a nanosecond
    out.set(JAVA_SHORT_UNALIGNED, 28, (short) MAX_PAGES);
    out.set(JAVA_INT_UNALIGNED, 32, (int) (flags >>> 32));
  }
}
