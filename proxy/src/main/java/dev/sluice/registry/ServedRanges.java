package dev.sluice.registry;

import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers which host was asked last for which bytes of a blob. Bounded: it forgets. */
final class ServedRanges {
  private static final int MOST_BLOBS = 256;
  private static final int MOST_RANGES = 64;

  private final Map<Blob, Deque<Range>> blobs =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Blob, Deque<Range>> eldest) {
          return size() > MOST_BLOBS;
        }
      };

  private record Blob(Repository repository, Digest digest) {}

  private record Range(RegistryHost host, long from, long to) {}

  synchronized void asked(
      Repository repository, Digest digest, RegistryHost host, long from, long to) {
    Deque<Range> ranges =
        blobs.computeIfAbsent(new Blob(repository, digest), _ -> new ArrayDeque<>());
    ranges.addLast(new Range(host, from, to));
    if (ranges.size() > MOST_RANGES) {
      ranges.removeFirst();
    }
  }

  /** The host that was asked last for any of these bytes, or null. */
  synchronized @Nullable RegistryHost last(
      Repository repository, Digest digest, long from, long to) {
    Deque<Range> ranges = blobs.get(new Blob(repository, digest));
    if (ranges == null) {
      return null;
    }
    for (Iterator<Range> latest = ranges.descendingIterator(); latest.hasNext(); ) {
      Range range = latest.next();
      if (range.from() < to && from < range.to()) {
        return range.host();
      }
    }
    return null;
  }
}
