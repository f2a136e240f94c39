package dev.sluice.fetch;

import dev.sluice.cache.FetchTimes;
import dev.sluice.cache.Lane;
import dev.sluice.cache.VerifiedChunk;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.soci.ztoc.SpanTable;
import io.vertx.core.buffer.Buffer;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A run of spans that is being brought: over one or several slices, one after the other, then
 * through the inflate workers. Every span of it is settled exactly once.
 */
final class Transfer {
  /* A span whose digest is wrong is asked for once more by itself, from another host if there is
   * one: a mirror or proxy on the way may have broken it. Wrong twice, it fails; the next read asks anew. */
  private static final int ATTEMPTS = 2;

  private final FetchScheduler scheduler;
  private final HostQueue host;
  private final SpanRun run;
  private final SpanTable spans;
  private final long memory;
  private final SpanAssembler assembler;
  private final AtomicInteger unsettled;
  private volatile Lane lane;

  /** Guarded by the scheduler: the next byte to ask for. */
  private long at;

  /** When the last slice was asked for. */
  private volatile long askedNanos = System.nanoTime();

  Transfer(FetchScheduler scheduler, HostQueue host, SpanRun run) {
    this.scheduler = scheduler;
    this.host = host;
    this.run = run;
    this.spans = run.origin().spans();
    this.memory = run.memory();
    this.assembler = new SpanAssembler(spans, run.first(), run.last(), this::assembled);
    this.unsettled = new AtomicInteger(run.wanted().size());
    this.lane = run.lane();
    this.at = run.start();
  }

  SpanOrigin origin() {
    return run.origin();
  }

  HostQueue host() {
    return host;
  }

  long memory() {
    return memory;
  }

  Lane lane() {
    return lane;
  }

  void lane(Lane other) {
    lane = other;
    origin().workers().promote(this, other);
  }

  boolean contains(SpanOrigin origin, int span) {
    return run.origin() == origin && run.contains(span);
  }

  /** Whether all its bytes have been asked for. */
  boolean asked() {
    return at >= run.end();
  }

  /**
   * The next bytes to ask for: about {@code bytes}, better to the end of a span.
   *
   * @param exact whether it must not be more
   */
  Slice slice(long bytes, boolean exact) {
    long from = at;
    long left = run.end() - from;
    long to = from + Math.min(left, bytes);
    if (!exact && left <= 2 * bytes) {
      to = run.end();
    }
    at = to;
    askedNanos = System.nanoTime();
    return new Slice(scheduler, host, this, lane, from, to, this::bytes);
  }

  private void bytes(Buffer buffer) {
    assembler.bytes(buffer);
  }

  /** Fails what has not come. */
  void fail(Throwable cause) {
    origin().stats().failedFetches.increment();
    int next = assembler.next();
    for (SpanRun.Wanted wanted : run.wanted()) {
      if (wanted.span() >= next) {
        fail(wanted, cause);
      }
    }
  }

  private void assembled(int span, MemorySegment memory, int length) {
    int index = run.indexOf(span);
    if (index < 0) {
      origin().stats().passedBytes.add(length);
      SpanBuffers.SHARED.give(memory);
      return;
    }
    SpanRun.Wanted wanted = run.wanted().get(index);
    long queue = askedNanos - run.since();
    long here = System.nanoTime();
    FetchTimes soFar = new FetchTimes(queue, here - askedNanos, 0, 0);
    Runnable work =
        () -> {
          try {
            inflate(wanted, memory.asSlice(0, length).asByteBuffer(), soFar, here);
          } finally {
            SpanBuffers.SHARED.give(memory);
          }
        };
    if (!origin().workers().execute(lane, this, work)) {
      fail(
          wanted,
          new SluiceException(
              FailureKind.CANCELLED, "inflate span " + span + ": Sluice is stopping"));
    }
  }

  private void inflate(SpanRun.Wanted wanted, ByteBuffer compressed, FetchTimes soFar, long here) {
    int span = wanted.span();
    FetchStats stats = origin().stats();
    BlobSource blob = origin().blob();
    VerifiedChunk chunk;
    long started = System.nanoTime();
    long[] verified = {started};
    try {
      int length = Math.toIntExact(spans.uncompressedEnd(span) - spans.uncompressedStart(span));
      chunk =
          VerifiedChunk.from(
              length,
              SpanTable.ROOM_BEFORE,
              room ->
                  spans.verifyAndInflate(
                      span, compressed, room, () -> verified[0] = System.nanoTime()));
    } catch (SluiceException e) {
      stats.corruptSpans.increment();
      if (e.kind() == FailureKind.CORRUPT) {
        blob.distrust(spans.compressedStart(span), spans.compressedEnd(span));
      }
      if (e.kind() == FailureKind.CORRUPT && run.attempt() < ATTEMPTS) {
        settled();
        scheduler.submit(
            new SpanRun(origin(), java.util.List.of(wanted), lane, run.attempt() + 1, run.since()));
      } else {
        fail(wanted, new SluiceException(e.kind(), blob + ": " + e.getMessage(), e));
      }
      return;
    } catch (RuntimeException | OutOfMemoryError e) {
      fail(wanted, e);
      return;
    }
    long done = System.nanoTime();
    stats.inflateNanos.add(done - started);
    FetchTimes times =
        new FetchTimes(soFar.queue(), soFar.network(), verified[0] - here, done - verified[0]);
    stats.add(times);
    origin().times().add(span, times);
    stats.spans.increment();
    stats.compressedBytes.add(compressed.remaining());
    stats.inflatedBytes.add(chunk.length());
    try {
      wanted.sink().arrived(span, chunk);
    } finally {
      settled();
    }
  }

  private void fail(SpanRun.Wanted wanted, Throwable cause) {
    try {
      wanted.sink().failed(wanted.span(), cause);
    } finally {
      settled();
    }
  }

  private void settled() {
    if (unsettled.decrementAndGet() == 0) {
      scheduler.settled(this);
    }
  }
}
