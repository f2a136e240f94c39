package dev.sluice.soci.ztoc;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.deflate.GzipHeader;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Inflates one span at a time with the JDK's inflater; instances are used again and again. */
final class SpanInflater implements AutoCloseable {
  /** Idle ones that are kept; each holds about 80 KiB. */
  private static final ArrayBlockingQueue<SpanInflater> IDLE =
      new ArrayBlockingQueue<>(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));

  private static final int GZIP_TRAILER_BYTES = 8;

  private static final byte[] NOTHING = {};

  private final Inflater inflater = new Inflater(true);
  private final byte[] window = new byte[Windows.SIZE];

  private SpanInflater() {}

  static SpanInflater borrow() {
    SpanInflater idle = IDLE.poll();
    return idle != null ? idle : new SpanInflater();
  }

  @Override
  public void close() {
    inflater.setInput(NOTHING); // else an idle one would hold on to the last span
    if (!IDLE.offer(this)) {
      inflater.end();
    }
  }

  /** What stood before the span; to be filled before {@link #inflate}. */
  byte[] window() {
    return window;
  }

  /**
   * Fills {@code out} from the bytes of a span, over the borders of gzip members if need be.
   *
   * @throws SluiceException {@link FailureKind#CORRUPT} if {@code in} is no deflate data or yields
   *     too little
   */
  void inflate(int span, int bits, ByteBuffer in, ByteBuffer out) {
    try {
      inflater.reset();
      inflater.setDictionary(window);
      if (bits != 0) {
        if (!in.hasRemaining()) {
          throw corrupt(span, "it has no bytes");
        }
        inflater.setInput(BitPrefix.before(bits, in.get()));
        // At most seven bits of data: too few to end a block or to yield a byte.
        inflater.inflate(out);
      }
      inflater.setInput(in);
      while (out.hasRemaining()) {
        if (inflater.inflate(out) > 0) {
          continue;
        }
        if (inflater.finished()) {
          nextMember(span, in);
        } else if (inflater.needsInput()) {
          throw corrupt(span, "its data ends " + out.remaining() + " bytes early");
        } else {
          throw corrupt(span, "it asks for a dictionary");
        }
      }
    } catch (DataFormatException e) {
      throw corrupt(span, "no deflate data (" + e.getMessage() + ")");
    }
  }

  private void nextMember(int span, ByteBuffer in) {
    if (in.remaining() <= GZIP_TRAILER_BYTES) {
      throw corrupt(span, "its data ends with a gzip member before the span is full");
    }
    in.position(in.position() + GZIP_TRAILER_BYTES);
    int header = GzipHeader.length(in);
    if (header < 0) {
      throw corrupt(span, "a gzip member inside has no valid header");
    }
    in.position(in.position() + header);
    inflater.reset();
    inflater.setInput(in);
  }

  private static SluiceException corrupt(int span, String cause) {
    return new SluiceException(FailureKind.CORRUPT, "inflate span " + span + ": " + cause);
  }
}
