package dev.sluice.fetch;

import dev.sluice.soci.ztoc.SpanTable;
import io.vertx.core.buffer.Buffer;

/**
 * Cuts the stream of one range into the compressed spans {@code first..last} and hands each on as
 * soon as its last byte is in. Confined to the thread that delivers the stream.
 */
final class SpanAssembler {
  /** Takes a whole compressed span, which it then owns. */
  interface SpanSink {
    void span(int span, byte[] compressed);
  }

  private final SpanTable spans;
  private final int last;
  private final SpanSink sink;
  private int span;
  private byte[] bytes;
  private int filled;

  SpanAssembler(SpanTable spans, int first, int last, SpanSink sink) {
    this.spans = spans;
    this.last = last;
    this.sink = sink;
    this.span = first;
    this.bytes = new byte[length(first)];
  }

  /** The first span that is not handed on yet; beyond the last when all are. */
  int next() {
    return span;
  }

  void bytes(Buffer buffer) {
    int at = 0;
    while (at < buffer.length() && span <= last) {
      int take = Math.min(buffer.length() - at, bytes.length - filled);
      buffer.getBytes(at, at + take, bytes, filled);
      filled += take;
      at += take;
      if (filled == bytes.length) {
        handOn();
      }
    }
  }

  private void handOn() {
    byte[] whole = bytes;
    int done = span;
    span++;
    if (span <= last) {
      // A span that starts within a byte shares that byte with the span before it.
      int shared = Math.toIntExact(spans.compressedEnd(done) - spans.compressedStart(span));
      bytes = new byte[length(span)];
      System.arraycopy(whole, whole.length - shared, bytes, 0, shared);
      filled = shared;
    }
    sink.span(done, whole);
  }

  private int length(int of) {
    return Math.toIntExact(spans.compressedEnd(of) - spans.compressedStart(of));
  }
}
