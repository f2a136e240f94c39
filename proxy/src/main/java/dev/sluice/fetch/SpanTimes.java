package dev.sluice.fetch;

import dev.sluice.cache.FetchTimes;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Where the time went for the spans of a layer that came last; older ones are forgotten. */
final class SpanTimes {
  static final int KEPT = 64;

  private final AtomicReferenceArray<@Nullable Entry> last = new AtomicReferenceArray<>(KEPT);
  private final AtomicInteger next = new AtomicInteger();

  private record Entry(int span, FetchTimes times) {}

  void add(int span, FetchTimes times) {
    last.set(Math.floorMod(next.getAndIncrement(), KEPT), new Entry(span, times));
  }

  /** Of the last time that the span came; null if that is forgotten. */
  @Nullable FetchTimes of(int span) {
    int newest = next.get() - 1;
    for (int back = 0; back < KEPT; back++) {
      Entry entry = last.get(Math.floorMod(newest - back, KEPT));
      if (entry != null && entry.span == span) {
        return entry.times;
      }
    }
    return null;
  }
}
