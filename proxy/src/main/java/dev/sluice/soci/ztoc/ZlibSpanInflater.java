package dev.sluice.soci.ztoc;

import dev.sluice.soci.deflate.GzipHeader;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Inflates spans with the JDK's inflater, which is zlib. */
final class ZlibSpanInflater implements SpanInflater {
  private static final int GZIP_TRAILER_BYTES = 8;

  private static final byte[] NOTHING = {};

  private final Inflater inflater = new Inflater(true);

  @Override
  public void inflate(Borders borders, ByteBuffer in, MemorySegment room) {
    ByteBuffer out = room.asByteBuffer();
    try {
      inflater.reset();
      inflater.setDictionary(out.slice(0, Windows.SIZE));
      out.position(Windows.SIZE);
      if (borders.bits() != 0) {
        if (!in.hasRemaining()) {
          throw borders.corrupt("it has no bytes");
        }
        inflater.setInput(BitPrefix.before(borders.bits(), in.get()));
        // At most seven bits of data: too few to end a block or to yield a byte.
        inflater.inflate(out);
      }
      inflater.setInput(in);
      while (out.hasRemaining()) {
        if (inflater.inflate(out) > 0) {
          continue;
        }
        if (inflater.finished()) {
          nextMember(borders, in);
        } else if (inflater.needsInput()) {
          throw borders.corrupt("its data ends " + out.remaining() + " bytes early");
        } else {
          throw borders.corrupt("it asks for a dictionary");
        }
      }
    } catch (DataFormatException e) {
      throw borders.corrupt("no deflate data (" + e.getMessage() + ")");
    } finally {
      inflater.setInput(NOTHING); // else it would hold on to the span
    }
  }

  private void nextMember(Borders borders, ByteBuffer in) {
    if (in.remaining() <= GZIP_TRAILER_BYTES) {
      throw borders.corrupt("its data ends with a gzip member before the span is full");
    }
    in.position(in.position() + GZIP_TRAILER_BYTES);
    int header = GzipHeader.length(in);
    if (header < 0) {
      throw borders.corrupt("a gzip member inside has no valid header");
    }
    in.position(in.position() + header);
    inflater.reset();
    inflater.setInput(in);
  }

  @Override
  public void close() {
    inflater.end();
  }
}
