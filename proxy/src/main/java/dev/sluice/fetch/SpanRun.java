package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import dev.sluice.cache.Origin;
import dev.sluice.soci.ztoc.SpanTable;
import java.util.List;

/**
 * Spans of one layer that wait to be fetched, in ascending order; spans between them may be
 * missing. Immutable.
 *
 * @param attempt 1; 2 if a span is fetched again because its bytes were wrong
 * @param since when it was first asked for, by {@link System#nanoTime}
 */
record SpanRun(SpanOrigin origin, List<Wanted> wanted, Lane lane, int attempt, long since) {
  /** A span and who takes it. */
  record Wanted(int span, Origin.Sink sink) {}

  SpanRun {
    wanted = List.copyOf(wanted);
  }

  int first() {
    return wanted.getFirst().span();
  }

  int last() {
    return wanted.getLast().span();
  }

  boolean contains(int span) {
    return indexOf(span) >= 0;
  }

  int indexOf(int span) {
    for (int i = 0; i < wanted.size(); i++) {
      if (wanted.get(i).span() == span) {
        return i;
      }
    }
    return -1;
  }

  SpanRun part(int from, int to) {
    return new SpanRun(origin, wanted.subList(from, to), lane, attempt, since);
  }

  SpanRun in(Lane other) {
    return new SpanRun(origin, wanted, other, attempt, since);
  }

  long start() {
    return origin.spans().compressedStart(first());
  }

  long end() {
    return origin.spans().compressedEnd(last());
  }

  /** Compressed bytes from the first to the last span. */
  long length() {
    return end() - start();
  }

  /** Memory that a fetch of it may hold: its bytes as they come, and inflated. */
  long memory() {
    SpanTable spans = origin.spans();
    return length() + spans.uncompressedEnd(last()) - spans.uncompressedStart(first());
  }

  /** How many of its spans, at least one, come with {@code bytes} compressed bytes. */
  int countWithin(long bytes) {
    int count = 1;
    while (count < wanted.size()
        && origin.spans().compressedEnd(wanted.get(count).span()) - start() <= bytes) {
      count++;
    }
    return count;
  }
}
