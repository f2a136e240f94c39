package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Origin;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.SpanTable;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The origin of one lazy layer: a range request for an interval of spans, each verified against its
 * digest and inflated on a worker as soon as its own bytes are in.
 */
public final class SpanOrigin implements Origin {
  /* A span whose digest is wrong is asked for once more by itself, from another host if there is
   * one: a mirror or proxy on the way may have broken it. Wrong twice, it fails; the next read asks anew. */
  private static final int ATTEMPTS = 2;

  private final SpanTable spans;
  private final BlobSource blob;
  private final FetchBudget budget;
  private final InflateWorkers workers;
  private final FetchStats stats;
  private final Set<Fetch> underWay = ConcurrentHashMap.newKeySet();

  public SpanOrigin(
      SpanTable spans,
      BlobSource blob,
      FetchBudget budget,
      InflateWorkers workers,
      FetchStats stats) {
    this.spans = spans;
    this.blob = blob;
    this.budget = budget;
    this.workers = workers;
    this.stats = stats;
  }

  @Override
  public void fetch(int first, int last, Lane lane, Sink sink) {
    fetch(first, last, lane, sink, 1);
  }

  private void fetch(int first, int last, Lane lane, Sink sink, int attempt) {
    long bytes =
        spans.compressedEnd(last)
            - spans.compressedStart(first)
            + spans.uncompressedEnd(last)
            - spans.uncompressedStart(first);
    Fetch fetch = new Fetch(first, last, lane, sink, attempt, bytes);
    underWay.add(fetch);
    budget.acquire(lane, bytes, fetch);
  }

  @Override
  public void promote(int chunk, Lane lane) {
    for (Fetch fetch : underWay) {
      if (fetch.first <= chunk && chunk <= fetch.last && lane.compareTo(fetch.lane) < 0) {
        fetch.lane = lane;
        budget.promote(fetch, lane);
      }
    }
  }

  /** One range under way. Every span of it is settled exactly once. */
  private final class Fetch implements Runnable {
    private final int first;
    private final int last;
    private final Sink sink;
    private final int attempt;
    private final long reserved;
    private final AtomicInteger unsettled;
    private volatile Lane lane;

    Fetch(int first, int last, Lane lane, Sink sink, int attempt, long reserved) {
      this.first = first;
      this.last = last;
      this.lane = lane;
      this.sink = sink;
      this.attempt = attempt;
      this.reserved = reserved;
      this.unsettled = new AtomicInteger(last - first + 1);
    }

    @Override
    public void run() {
      stats.fetches.increment();
      SpanAssembler assembler = new SpanAssembler(spans, first, last, this::inflateLater);
      long from = spans.compressedStart(first);
      long to = spans.compressedEnd(last);
      blob.range(from, to, assembler::bytes)
          .onComplete(done -> {
            if (assembler.next() <= last) {
              stats.failedFetches.increment();
              Throwable cause =
                  done.failed()
                      ? done.cause()
                      : new SluiceException(
                          FailureKind.CORRUPT,
                          "fetch bytes [%d, %d) of %s: the answer ended early"
                              .formatted(from, to, blob));
              for (int span = assembler.next(); span <= last; span++) {
                fail(span, cause);
              }
            }
          });
    }

    private void inflateLater(int span, byte[] compressed) {
      try {
        workers.execute(lane, () -> inflate(span, compressed));
      } catch (RejectedExecutionException e) {
        fail(
            span,
            new SluiceException(
                FailureKind.CANCELLED, "inflate span " + span + ": Sluice is stopping", e));
      }
    }

    private void inflate(int span, byte[] compressed) {
      VerifiedChunk chunk;
      long started = System.nanoTime();
      try {
        int length = Math.toIntExact(spans.uncompressedEnd(span) - spans.uncompressedStart(span));
        chunk =
            VerifiedChunk.from(
                length, into -> spans.verifyAndInflate(span, ByteBuffer.wrap(compressed), into));
      } catch (SluiceException e) {
        stats.corruptSpans.increment();
        if (e.kind() == FailureKind.CORRUPT) {
          blob.distrust(spans.compressedStart(span), spans.compressedEnd(span));
        }
        if (e.kind() == FailureKind.CORRUPT && attempt < ATTEMPTS) {
          settled();
          fetch(span, span, lane, sink, attempt + 1);
        } else {
          fail(span, new SluiceException(e.kind(), blob + ": " + e.getMessage(), e));
        }
        return;
      } catch (RuntimeException | OutOfMemoryError e) {
        fail(span, e);
        return;
      }
      stats.inflateNanos.add(System.nanoTime() - started);
      stats.spans.increment();
      stats.compressedBytes.add(compressed.length);
      stats.inflatedBytes.add(chunk.length());
      try {
        sink.arrived(span, chunk);
      } finally {
        settled();
      }
    }

    private void fail(int span, Throwable cause) {
      try {
        sink.failed(span, cause);
      } finally {
        settled();
      }
    }

    private void settled() {
      if (unsettled.decrementAndGet() == 0) {
        underWay.remove(this);
        budget.release(reserved);
      }
    }
  }

  @Override
  public String toString() {
    return "spans of " + blob;
  }
}
