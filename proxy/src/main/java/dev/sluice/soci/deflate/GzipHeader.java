package dev.sluice.soci.deflate;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/** The header of a gzip member (RFC 1952 §2.3). */
public final class GzipHeader {
  private static final int FHCRC = 2;
  private static final int FEXTRA = 4;
  private static final int FNAME = 8;
  private static final int FCOMMENT = 16;
  private static final int RESERVED = 0xe0;
  private static final int FIXED_BYTES = 10;

  /** The answer of {@link #length} if more bytes are needed to say. */
  public static final int INCOMPLETE = -1;

  /** The answer of {@link #length} if the bytes are no gzip header. */
  public static final int INVALID = -2;

  private GzipHeader() {}

  /**
   * Length in bytes of the header that starts at the position of {@code in}, which does not change;
   * {@link #INCOMPLETE} or {@link #INVALID} if there is none.
   */
  public static int length(ByteBuffer in) {
    int start = in.position();
    int end = in.limit();
    if (end - start < FIXED_BYTES) {
      return INCOMPLETE;
    }
    int flags = in.get(start + 3) & 0xff;
    if (in.get(start) != 0x1f
        || in.get(start + 1) != (byte) 0x8b
        || in.get(start + 2) != 8
        || (flags & RESERVED) != 0) {
      return INVALID;
    }
    int at = start + FIXED_BYTES;
    if ((flags & FEXTRA) != 0) {
      if (end - at < 2) {
        return INCOMPLETE;
      }
      at += 2 + little16(in, at);
    }
    for (int text = FNAME; text <= FCOMMENT; text <<= 1) {
      if ((flags & text) != 0) {
        while (at < end && in.get(at) != 0) {
          at++;
        }
        at++;
      }
    }
    if ((flags & FHCRC) != 0) {
      if (end - at < 2) {
        return INCOMPLETE;
      }
      CRC32 crc = new CRC32();
      crc.update(in.slice(start, at - start));
      if ((crc.getValue() & 0xffff) != little16(in, at)) {
        return INVALID;
      }
      at += 2;
    }
    return at <= end ? at - start : INCOMPLETE;
  }

  private static int little16(ByteBuffer in, int at) {
    return (in.get(at) & 0xff) | (in.get(at + 1) & 0xff) << 8;
  }
}
