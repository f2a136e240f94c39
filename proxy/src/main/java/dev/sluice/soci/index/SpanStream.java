package dev.sluice.soci.index;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.SpanTable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A piece of a layer's decompressed tar, for which only the spans that hold it are read, in one
 * range, each verified. Holds one span at a time.
 */
public final class SpanStream extends InputStream {
  private final SpanTable spans;
  private final InputStream compressed;
  private final long end;
  private long at;
  private int next;
  private byte[] before = new byte[0];
  /* The span behind its room; at the beginning nothing. */
  private byte[] room = new byte[SpanTable.ROOM_BEFORE];
  private long start;

  /** Gives bytes of the layer's blob. */
  @FunctionalInterface
  public interface Blob {
    /** The bytes {@code [from, to)}. */
    InputStream open(long from, long to) throws IOException;
  }

  /**
   * @param from first byte wanted of the tar
   * @param to end (exclusive), at most the tar's
   */
  public SpanStream(SpanTable spans, Blob blob, long from, long to) throws IOException {
    this.spans = spans;
    this.at = from;
    this.end = to;
    long[] starts = spans.uncompressedStarts();
    if (from >= to) {
      this.compressed = InputStream.nullInputStream();
      return;
    }
    if (starts.length == 0 || to > spans.uncompressedEnd(starts.length - 1)) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read bytes %d to %d of a layer: its ztoc has no spans for them".formatted(from, to));
    }
    this.next = spanOf(starts, from);
    this.compressed =
        blob.open(spans.compressedStart(next), spans.compressedEnd(spanOf(starts, to - 1)));
  }

  private static int spanOf(long[] starts, long offset) {
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  @Override
  public int read() throws IOException {
    var one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int count) throws IOException {
    if (count == 0) {
      return 0;
    }
    if (at >= end) {
      return -1;
    }
    while (at >= start + length()) {
      inflateNext();
    }
    int n = (int) Math.min(count, Math.min(end, start + length()) - at);
    System.arraycopy(room, SpanTable.ROOM_BEFORE + (int) (at - start), buffer, offset, n);
    at += n;
    return n;
  }

  private int length() {
    return room.length - SpanTable.ROOM_BEFORE;
  }

  private void inflateNext() throws IOException {
    var raw = new byte[Math.toIntExact(spans.compressedEnd(next) - spans.compressedStart(next))];
    // Two spans that meet within a byte both have it.
    int shared =
        before.length == 0
            ? 0
            : Math.toIntExact(spans.compressedEnd(next - 1) - spans.compressedStart(next));
    System.arraycopy(before, before.length - shared, raw, 0, shared);
    if (compressed.readNBytes(raw, shared, raw.length - shared) != raw.length - shared) {
      throw new EOFException("the layer ends within span " + next);
    }
    start = spans.uncompressedStart(next);
    room = new byte[Math.toIntExact(SpanTable.ROOM_BEFORE + spans.uncompressedEnd(next) - start)];
    spans.verifyAndInflate(next, ByteBuffer.wrap(raw), MemorySegment.ofArray(room));
    before = raw;
    next++;
  }

  @Override
  public void close() throws IOException {
    compressed.close();
  }
}
