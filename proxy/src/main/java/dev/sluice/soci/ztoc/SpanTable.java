package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The spans of a layer: not empty, in order, together exactly the decompressed tar.
 *
 * <p>Safe for use by many threads. The windows of a table that was read from a file stay there
 * until a span needs one.
 */
public final class SpanTable implements AutoCloseable {
  /** Bytes to work in that stand before the place of a span: what deflate can refer to. */
  public static final int ROOM_BEFORE = Windows.SIZE;

  /*
   * A ztoc may hold spans without a byte of the tar: AWS's builder writes two checkpoints at
   * offset 0 if the first deflate block is empty, and checkpoints behind the tar's end mark if the
   * padding is long. Both are unambiguous, so they are left out here: span i of this table is span
   * i + leading of the ztoc.
   */
  private final Checkpoints checkpoints;
  private final Windows windows;
  private final long tarSize;
  private final int leading;
  private final int count;

  SpanTable(Checkpoints checkpoints, Windows windows, long tarSize) {
    this.checkpoints = checkpoints;
    this.windows = windows;
    this.tarSize = tarSize;
    int first = 0;
    int end = checkpoints.count();
    while (first + 1 < end && checkpoints.out(first + 1) == 0) {
      first++;
    }
    while (end > first && checkpoints.out(end - 1) >= tarSize) {
      end--;
    }
    this.leading = first;
    this.count = end - first;
  }

  public Compression compression() {
    return checkpoints.compression();
  }

  /** Number of spans, 0 if the tar is empty. */
  public int count() {
    return count;
  }

  /** The size in bytes that the builder aimed at. */
  public long spanSize() {
    return checkpoints.spanSize();
  }

  /** First byte of the span in the layer blob. */
  public long compressedStart(int span) {
    return checkpoints.start(raw(span));
  }

  /** End (exclusive) of the span in the layer blob; the next span may start one byte before. */
  public long compressedEnd(int span) {
    return checkpoints.end(raw(span));
  }

  /** First byte of the span in the decompressed tar. */
  public long uncompressedStart(int span) {
    return checkpoints.out(raw(span));
  }

  /** End (exclusive) of the span in the decompressed tar. */
  public long uncompressedEnd(int span) {
    int raw = raw(span);
    return span == count - 1 ? tarSize : checkpoints.out(raw + 1);
  }

  /** Digest of the compressed bytes of the span. */
  public Digest digest(int span) {
    return new Digest("sha256", HexFormat.of().formatHex(checkpoints.digest(raw(span))));
  }

  /** First byte of each span in the decompressed tar, then the end of the tar. */
  public long[] uncompressedStarts() {
    long[] starts = new long[count];
    for (int i = 0; i < count; i++) {
      starts[i] = uncompressedStart(i);
    }
    return starts;
  }

  /**
   * The span of this table for a span number as other documents (prefetch artifacts) have it.
   *
   * @return -1 if that span holds nothing of the tar
   */
  public int spanOfNumber(int number) {
    int span = number - leading;
    return span >= 0 && span < count ? span : -1;
  }

  /** The opposite of {@link #spanOfNumber}. */
  public int numberOf(int span) {
    return raw(span);
  }

  /**
   * Verifies a span and inflates exactly it. Nothing outside {@code room} is written, and nothing
   * at all unless the digest is right.
   *
   * @param compressed the bytes {@code [compressedStart, compressedEnd)} of the blob; its position
   *     does not change
   * @param room {@link #ROOM_BEFORE} bytes to work in, then the place of the span, exactly as long
   *     as it is when decompressed; native memory is faster
   * @throws SluiceException {@link FailureKind#CORRUPT} if the bytes are not the span's or don't
   *     inflate to it, {@link FailureKind#LOCAL_IO} if the ztoc can't be read
   * @throws IllegalArgumentException if a length is not the span's
   */
  public void verifyAndInflate(int span, ByteBuffer compressed, MemorySegment room) {
    verifyAndInflate(span, compressed, room, () -> {});
  }

  /**
   * As {@link #verifyAndInflate(int, ByteBuffer, MemorySegment)}.
   *
   * @param verified called when the digest is known to be right, before anything is inflated
   */
  public void verifyAndInflate(
      int span, ByteBuffer compressed, MemorySegment room, Runnable verified) {
    int raw = raw(span);
    long wanted = uncompressedEnd(span) - uncompressedStart(span);
    long given = compressedEnd(span) - compressedStart(span);
    if (compressed.remaining() != given || room.byteSize() != ROOM_BEFORE + wanted) {
      throw new IllegalArgumentException(
          "span %d takes %d bytes to %d, not %d to %d"
              .formatted(
                  span, given, wanted, compressed.remaining(), room.byteSize() - ROOM_BEFORE));
    }
    verify(span, compressed);
    verified.run();
    if (compression() == Compression.UNCOMPRESSED) {
      // The blob may go on behind the tar's end mark.
      ByteBuffer tarOnly = compressed.duplicate();
      tarOnly.limit(tarOnly.position() + Math.toIntExact(wanted));
      room.asSlice(ROOM_BEFORE).asByteBuffer().put(tarOnly);
      return;
    }
    try (SpanInflater inflater = SpanInflaters.borrow()) {
      MemorySegment window = room.asSlice(0, ROOM_BEFORE);
      if (checkpoints.out(raw) == 0) {
        window.fill((byte) 0);
      } else {
        windows.read(raw, window.asByteBuffer());
      }
      inflater.inflate(borders(span, raw), compressed.duplicate(), room);
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO,
          "inflate span %d: the window in the local ztoc can't be read: %s"
              .formatted(span, e.getMessage()),
          e);
    }
  }

  private void verify(int span, ByteBuffer compressed) {
    MessageDigest digester = Digest.newSha256();
    digester.update(compressed.duplicate());
    byte[] found = digester.digest();
    if (!MessageDigest.isEqual(found, checkpoints.digest(raw(span)))) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "inflate span %d: its %d compressed bytes have digest sha256:%s, not %s"
              .formatted(
                  span, compressed.remaining(), HexFormat.of().formatHex(found), digest(span)));
    }
  }

  private SpanInflater.Borders borders(int span, int raw) {
    int bitsOfNext = raw + 1 < checkpoints.count() ? checkpoints.bits(raw + 1) : -1;
    return new SpanInflater.Borders(span, checkpoints.bits(raw), bitsOfNext);
  }

  /** As {@link #verifyAndInflate(int, ByteBuffer, MemorySegment)}. */
  public void verifyAndInflate(int span, MemorySegment compressed, MemorySegment room) {
    verifyAndInflate(span, compressed.asByteBuffer(), room);
  }

  @Override
  public void close() {
    windows.close();
  }

  Checkpoints checkpoints() {
    return checkpoints;
  }

  Windows windows() {
    return windows;
  }

  private int raw(int span) {
    if (span < 0 || span >= count) {
      throw new IndexOutOfBoundsException("span " + span + " of " + count);
    }
    return span + leading;
  }
}
