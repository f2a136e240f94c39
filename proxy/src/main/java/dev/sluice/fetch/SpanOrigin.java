package dev.sluice.fetch;

import dev.sluice.cache.FetchTimes;
import dev.sluice.cache.Lane;
import dev.sluice.cache.Origin;
import dev.sluice.soci.ztoc.SpanTable;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The origin of one lazy layer: has the node's scheduler bring its spans. */
public final class SpanOrigin implements Origin {
  private final SpanTable spans;
  private final BlobSource blob;
  private final FetchScheduler scheduler;
  private final InflateWorkers workers;
  private final SpanTimes times = new SpanTimes();

  public SpanOrigin(
      SpanTable spans, BlobSource blob, FetchScheduler scheduler, InflateWorkers workers) {
    this.spans = spans;
    this.blob = blob;
    this.scheduler = scheduler;
    this.workers = workers;
  }

  @Override
  public void fetch(int first, int last, Lane lane, Sink sink) {
    scheduler.submit(
        new SpanRun(
            this,
            IntStream.rangeClosed(first, last)
                .mapToObj(span -> new SpanRun.Wanted(span, sink))
                .toList(),
            lane,
            1,
            System.nanoTime()));
  }

  @Override
  public void promote(int chunk, Lane lane) {
    scheduler.promote(this, chunk, lane);
  }

  @Override
  public @Nullable FetchTimes times(int chunk) {
    return times.of(chunk);
  }

  SpanTimes times() {
    return times;
  }

  SpanTable spans() {
    return spans;
  }

  BlobSource blob() {
    return blob;
  }

  InflateWorkers workers() {
    return workers;
  }

  FetchStats stats() {
    return scheduler.stats();
  }

  @Override
  public String toString() {
    return "spans of " + blob;
  }
}
