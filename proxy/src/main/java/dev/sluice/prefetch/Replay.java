package dev.sluice.prefetch;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.failure.SluiceException;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what hints say of one image, in their order over all its layers, a few ranges at a time.
 * Never asks for a span that no hint names, nor for one that is here.
 */
public final class Replay {
  /*
   * Hints of a layer are entered when it is shown; until then they wait with the caller. So the head
   * of the queue is always the most urgent span that can be fetched. Spans that follow it in the blob
   * ride along in its request if their turn is near: a request costs a round trip, and a span that
   * is streamed behind another delays nothing that is more urgent by much.
   */
  private static final Logger LOG = LoggerFactory.getLogger(Replay.class);
  private static final int RANGES = 8;
  private static final long RANGE_BYTES = 8L << 20;
  private static final long RANGE_TAR_BYTES = 16L << 20;
  private static final int NEAR_TURNS = 64;
  private static final int FAILURES = 4;

  /** Hints may overlap as much as they like, but not cost more than this. */
  private static final int STEPS = 1 << 22;

  private final String image;
  private final long mostBytes;
  private final HintCounters counters;

  /** How many wishes to go on there are; whoever makes it 1 does the work. */
  private final AtomicInteger wishes = new AtomicInteger();

  // Guarded by this.
  private final PriorityQueue<Step> queue = new PriorityQueue<>();
  private int underWay;
  private long plannedBytes;
  private int failures;
  private boolean stopped;

  /** A span and when it is its turn. */
  private record Step(int priority, int source, int turn, HintedLayer layer, int span)
      implements Comparable<Step> {
    @Override
    public int compareTo(Step other) {
      int order = Integer.compare(priority, other.priority);
      order = order != 0 ? order : Integer.compare(source, other.source);
      return order != 0 ? order : Integer.compare(turn, other.turn);
    }
  }

  /**
   * Spans that one request brings.
   *
   * @param bytes of the spans, each by itself
   */
  private record Range(HintedLayer layer, int first, int last, long bytes) {}

  /**
   * @param image names the image in the log
   * @param mostBytes compressed bytes that hints may bring of the image
   */
  public Replay(String image, long mostBytes, HintCounters counters) {
    this.image = image;
    this.mostBytes = mostBytes;
    this.counters = counters;
  }

  /**
   * Enters what hints say of a layer and starts to fetch.
   *
   * @param source of hints with the same priority those of the lower source come first
   * @param hints of this layer, each with its place among all hints of the source
   */
  public void add(HintedLayer layer, int source, List<Turn> hints) {
    synchronized (this) {
      int steps = 0;
      for (Turn each : hints) {
        int last = layer.layer().lastSpan(each.hint());
        for (int span = layer.layer().firstSpan(each.hint());
            span <= last && steps < STEPS;
            span++) {
          steps++;
          enter(layer, source, each.hint().priority(), each.turn(), span);
        }
      }
    }
    advance();
  }

  /** A hint and its place among all hints of its source. */
  public record Turn(Hint hint, int turn) {}

  private void enter(HintedLayer layer, int source, int priority, int turn, int span) {
    if (stopped || layer.isGone() || layer.isPlanned(span)) {
      return;
    }
    long bytes = layer.layer().compressed(span, span);
    if (plannedBytes + bytes > mostBytes) {
      counters.refusedSpans.increment();
      return;
    }
    plannedBytes += bytes;
    if (layer.plan(span, turn) && !layer.layer().bytes().has(span)) {
      queue.add(new Step(priority, source, turn, layer, span));
    }
  }

  /** The layer is no longer shown: nothing more of it is asked for. */
  public void remove(HintedLayer layer) {
    synchronized (this) {
      layer.leave();
      queue.removeIf(step -> step.layer == layer);
    }
  }

  /** Asks for nothing more; what is under way arrives. */
  public synchronized void stop() {
    stopped = true;
    queue.clear();
  }

  /** Whether all that was entered has been asked for and has come. */
  public synchronized boolean isIdle() {
    return queue.isEmpty() && underWay == 0;
  }

  private void advance() {
    if (wishes.getAndIncrement() != 0) {
      return;
    }
    int done = 1;
    do {
      Range next = next();
      while (next != null) {
        fetch(next);
        next = next();
      }
      done = wishes.addAndGet(-done);
    } while (done != 0);
  }

  private synchronized @Nullable Range next() {
    while (underWay < RANGES) {
      Step head = queue.poll();
      if (head == null) {
        return null;
      }
      if (head.layer.wants(head.span)) {
        Range range = from(head.layer, head.span);
        range.layer.ask(range.first, range.last);
        underWay++;
        return range;
      }
    }
    return null;
  }

  private static Range from(HintedLayer layer, int first) {
    ChunkMap map = layer.layer().bytes().map();
    int last = first;
    while (last + 1 < map.count()
        && layer.wants(last + 1)
        && Math.abs((long) layer.turn(last + 1) - layer.turn(first)) <= NEAR_TURNS
        && layer.layer().compressed(first, last + 1) <= RANGE_BYTES
        && map.end(last + 1) - map.start(first) <= RANGE_TAR_BYTES) {
      last++;
    }
    long bytes = 0;
    for (int span = first; span <= last; span++) {
      bytes += layer.layer().compressed(span, span);
    }
    return new Range(layer, first, last, bytes);
  }

  private void fetch(Range range) {
    counters.ranges.increment();
    var _ =
        range
            .layer
            .layer()
            .bytes()
            .fill(range.first, range.last, Lane.HINT)
            .whenComplete((_, failure) -> {
              ended(range, failure);
              advance();
            });
  }

  private synchronized void ended(Range range, @Nullable Throwable failure) {
    underWay--;
    if (failure == null) {
      failures = 0;
      range.layer.arrived(range.first, range.last);
      counters.fetchedBytes.add(range.bytes);
      return;
    }
    if (range.layer.isGone() || stopped) {
      return;
    }
    counters.failedRanges.increment();
    if (++failures == FAILURES) {
      LOG.warn(
          "prefetch for image {}: {} ranges failed one after the other, the last because {}; no"
              + " more is prefetched",
          image,
          failures,
          SluiceException.describe(failure));
      stopped = true;
      queue.clear();
    }
  }
}
