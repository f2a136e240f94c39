package dev.sluice.fetch;

import dev.sluice.soci.ztoc.SpanTable;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * Cuts the stream of one range into the compressed spans {@code first..last} and hands each on as
 * soon as its last byte is in. Confined to the thread that delivers the stream.
 */
final class SpanAssembler {
  /** Takes a whole compressed span, whose memory it then owns. */
  interface SpanSink {
    /**
     * @param memory from {@link SpanBuffers}; its first {@code length} bytes are the span
     */
    void span(int span, MemorySegment memory, int length);
  }

  private final SpanTable spans;
  private final int last;
  private final SpanSink sink;
  private int span;
  private MemorySegment memory;
  private int length;
  private int filled;

  SpanAssembler(SpanTable spans, int first, int last, SpanSink sink) {
    this.spans = spans;
    this.last = last;
    this.sink = sink;
    this.span = first;
    this.length = length(first);
    this.memory = SpanBuffers.SHARED.take(length);
  }

  /** The first span that is not handed on yet; beyond the last when all are. */
  int next() {
    return span;
  }

  void bytes(Buffer buffer) {
    ByteBuffer bytes = ((BufferInternal) buffer).getByteBuf().nioBuffer();
    while (bytes.hasRemaining() && span <= last) {
      int take = Math.min(bytes.remaining(), length - filled);
      MemorySegment.copy(
          MemorySegment.ofBuffer(bytes.slice(bytes.position(), take)), 0, memory, filled, take);
      bytes.position(bytes.position() + take);
      filled += take;
      if (filled == length) {
        handOn();
      }
    }
  }

  private void handOn() {
    MemorySegment whole = memory;
    int wholeLength = length;
    int done = span;
    span++;
    if (span <= last) {
      // A span that starts within a byte shares that byte with the span before it.
      int shared = Math.toIntExact(spans.compressedEnd(done) - spans.compressedStart(span));
      length = length(span);
      memory = SpanBuffers.SHARED.take(length);
      MemorySegment.copy(whole, wholeLength - shared, memory, 0, shared);
      filled = shared;
    } else {
      memory = MemorySegment.NULL;
    }
    sink.span(done, whole, wholeLength);
  }

  private int length(int of) {
    return Math.toIntExact(spans.compressedEnd(of) - spans.compressedStart(of));
  }
}
