package dev.sluice.fuse.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A request as it lies in a buffer, reused for the next. Offsets count from the body, that is from
 * behind the header; a read beyond the request throws {@link MalformedRequestException}.
 */
final class Request {
  /** Bytes of {@code fuse_in_header}. */
  static final int HEADER_BYTES = 40;

  private static final ValueLayout.OfInt INT = JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = JAVA_LONG_UNALIGNED;

  private final MemorySegment buffer;
  private long end;

  Request(MemorySegment buffer) {
    this.buffer = buffer;
  }

  MemorySegment buffer() {
    return buffer;
  }

  /**
   * Takes the {@code length} bytes at the start of the buffer as the request.
   *
   * @return false if they are too few for a header, so that nothing can be answered
   */
  boolean frame(long length) {
    end = Math.min(length, buffer.byteSize());
    return end >= HEADER_BYTES;
  }

  /** Bytes of the request, with its header. */
  long length() {
    return end;
  }

  /** Whether the header gives the length that the request has. */
  boolean isWhole() {
    return Integer.toUnsignedLong(buffer.get(INT, 0)) == end;
  }

  int opcode() {
    return buffer.get(INT, 4);
  }

  /** What the answer must repeat, bit for bit: bit 63 marks a request that was sent again. */
  long unique() {
    return uniqueOf(buffer);
  }

  static long uniqueOf(MemorySegment request) {
    return request.get(LONG, 8);
  }

  long node() {
    return buffer.get(LONG, 16);
  }

  int intAt(int offset) {
    return buffer.get(INT, within(offset, Integer.BYTES));
  }

  long longAt(int offset) {
    return buffer.get(LONG, within(offset, Long.BYTES));
  }

  /** The name that starts at {@code offset} and ends with a NUL, without it. */
  byte[] nameAt(int offset) {
    long start = within(offset, 1);
    long nul = start;
    while (nul < end && buffer.get(JAVA_BYTE, nul) != 0) {
      nul++;
    }
    if (nul == end || nul == start) {
      throw new MalformedRequestException(nul == end ? "a name without its NUL" : "an empty name");
    }
    byte[] name = new byte[(int) (nul - start)];
    MemorySegment.copy(buffer, JAVA_BYTE, start, name, 0, name.length);
    return name;
  }

  private long within(int offset, int bytes) {
    if ((long) HEADER_BYTES + offset + bytes > end) {
      throw new MalformedRequestException("a request of " + end + " bytes is too short");
    }
    return (long) HEADER_BYTES + offset;
  }
}
