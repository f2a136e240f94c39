package dev.sluice.soci.ztoc;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** Inflaters that nobody uses at the moment, for all layers. */
final class SpanInflaters {
  /** How many are kept; each holds its decoder's tables and the last span's compressed bytes. */
  private static final ArrayBlockingQueue<SpanInflater> IDLE =
      new ArrayBlockingQueue<>(Math.max(4, 2 * Runtime.getRuntime().availableProcessors()));

  private SpanInflaters() {}

  /** One for the caller alone, which gives it back by closing it. */
  static SpanInflater borrow() {
    SpanInflater idle = IDLE.poll();
    return new Borrowed(idle != null ? idle : open());
  }

  /** The fastest that this machine has. */
  private static SpanInflater open() {
    SpanInflater zlib = new ZlibSpanInflater();
    return LibDeflateSpanInflater.open(zlib).orElse(zlib);
  }

  private record Borrowed(SpanInflater inflater) implements SpanInflater {
    @Override
    public void inflate(Borders borders, ByteBuffer in, MemorySegment room) {
      inflater.inflate(borders, in, room);
    }

    @Override
    public void close() {
      if (!IDLE.offer(inflater)) {
        inflater.close();
      }
    }
  }
}
