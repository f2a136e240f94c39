package dev.sluice.soci.deflate;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** The compressed stream, read bit by bit, lowest bits first. */
final class BitInput {
  /*
   * bits holds the next bitCount bits in its low end; what stands above them is what follows in the
   * buffer, or zero, so or-ing the same bytes in again is harmless. pos is the first byte of which
   * not all bits are counted in bitCount.
   *
   * Behind the end of the stream stand zeros, so that the fast loop needs no other end condition;
   * checkEnd tells afterwards whether some of them were used.
   */
  static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What a block header can need at most, and more. */
  static final int HEADROOM = 1024;

  private static final int CAPACITY = 1 << 17;

  final byte[] buffer = new byte[CAPACITY + HEADROOM + 64];
  int pos;
  int end;
  long bits;
  int bitCount;

  private final InputStream stream;
  private final ScanListener listener;
  private long base;
  private int delivered;
  private boolean ended;

  BitInput(InputStream stream, ScanListener listener) {
    this.stream = stream;
    this.listener = listener;
  }

  /** First byte that has an unread bit. */
  private int first() {
    return pos - (bitCount >>> 3);
  }

  /** Offset in the stream of the first byte of which no bit is read. */
  long offset() {
    return base + first();
  }

  /** Unread bits of the byte before {@link #offset}. */
  int bitsLeft() {
    return bitCount & 7;
  }

  byte byteBefore() {
    return first() > 0 ? buffer[first() - 1] : 0;
  }

  /** Where the fast loop must stop: three loads of eight bytes are safe before. */
  int fastLimit() {
    return (ended ? end + HEADROOM : end) - 32;
  }

  /** Makes {@link #HEADROOM} bytes available, or all to the end and zeros behind. */
  void fill() throws IOException {
    if (ended || end - first() >= HEADROOM) {
      return;
    }
    compact();
    readAll();
  }

  /** Whether the stream has no byte left behind the current bit. */
  boolean atEnd() throws IOException {
    fill();
    return ended && first() >= end;
  }

  /**
   * @throws SluiceException {@link FailureKind#CORRUPT} if more was read than there is
   */
  void checkEnd() {
    if (ended && first() > end) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read gzip: the stream ends inside a member at byte " + (base + end));
    }
  }

  /** Hands all bytes that are read, but for those of which some bits are not, to the listener. */
  void deliver() throws IOException {
    int to = Math.min(end, first() - (bitsLeft() > 0 ? 1 : 0));
    if (to > delivered) {
      listener.compressed(buffer, delivered, to);
      delivered = to;
    }
  }

  /** At most 32 bits; {@link #fill} must have made them available. */
  int take(int count) {
    if (bitCount < count) {
      refill();
    }
    int value = (int) (bits & ((1L << count) - 1));
    bits >>>= count;
    bitCount -= count;
    return value;
  }

  void refill() {
    bits |= (long) LONG.get(buffer, pos) << bitCount;
    pos += (63 - bitCount) >>> 3;
    bitCount |= 56;
  }

  void alignToByte() {
    take(bitCount & 7);
  }

  /** Goes back to whole bytes; only at a byte border. */
  private void unreadBits() {
    pos = first();
    bits = 0;
    bitCount = 0;
  }

  /** Copies up to {@code count} bytes of a stored block. */
  int copy(byte[] into, int at, int count) throws IOException {
    unreadBits();
    fill();
    int n = Math.min(count, end - pos);
    if (n <= 0) {
      pos++;
      checkEnd();
    }
    System.arraycopy(buffer, pos, into, at, n);
    pos += n;
    return n;
  }

  /** Skips a gzip header. */
  void skipHeader() throws IOException {
    unreadBits();
    fill();
    int length = GzipHeader.length(ByteBuffer.wrap(buffer, pos, end - pos));
    if (length == GzipHeader.INCOMPLETE && !ended) {
      compact();
      int before = end;
      readAll();
      if (end > before) {
        length = GzipHeader.length(ByteBuffer.wrap(buffer, pos, end - pos));
      }
    }
    if (length < 0) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          base + pos == 0
              ? "read gzip: the stream does not start with a gzip header"
              : "read gzip: what follows at byte " + (base + pos) + " is no gzip member");
    }
    pos += length;
  }

  private void readAll() throws IOException {
    while (end < CAPACITY) {
      int n = stream.read(buffer, end, CAPACITY - end);
      if (n < 0) {
        ended = true;
        Arrays.fill(buffer, end, end + HEADROOM + 32, (byte) 0);
        return;
      }
      end += n;
    }
  }

  /** Moves what is unread to the start; one byte before it stays, of which bits may be unread. */
  private void compact() throws IOException {
    deliver();
    int keep = Math.min(delivered, Math.max(0, first() - 1));
    System.arraycopy(buffer, keep, buffer, 0, end - keep);
    pos -= keep;
    end -= keep;
    delivered -= keep;
    base += keep;
  }
}
