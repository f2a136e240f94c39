package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the memory of all fetches of the node. A fetch that does not fit waits; when room comes,
 * the most urgent lane goes first. A fetch larger than the whole budget goes alone.
 */
public final class FetchBudget {
  private final long limit;
  private final Map<Lane, Deque<Waiting>> queues = new EnumMap<>(Lane.class);
  private long used;

  private record Waiting(long bytes, Runnable start) {}

  /**
   * @param limit bytes that fetches may hold together
   */
  public FetchBudget(long limit) {
    this.limit = limit;
    for (Lane lane : Lane.values()) {
      queues.put(lane, new ArrayDeque<>());
    }
  }

  /** Runs {@code start} once {@code bytes} fit: now, or later on a thread that releases. */
  void acquire(Lane lane, long bytes, Runnable start) {
    synchronized (this) {
      if (used > 0 && (used + bytes > limit || moreUrgentWaits(lane))) {
        queue(lane).addLast(new Waiting(bytes, start));
        return;
      }
      used += bytes;
    }
    start.run();
  }

  /** Lets what waits with {@code start} wait in a more urgent lane; nothing if it has started. */
  synchronized void promote(Runnable start, Lane lane) {
    for (Lane other : Lane.values()) {
      if (other.compareTo(lane) > 0) {
        for (Waiting waiting : List.copyOf(queue(other))) {
          if (waiting.start.equals(start)) {
            queue(other).remove(waiting);
            queue(lane).addLast(waiting);
            return;
          }
        }
      }
    }
  }

  /** Gives bytes back and starts what fits now. */
  void release(long bytes) {
    synchronized (this) {
      used -= bytes;
    }
    for (Waiting next = admit(); next != null; next = admit()) {
      next.start.run();
    }
  }

  /** Bytes that fetches hold now. */
  public synchronized long used() {
    return used;
  }

  private synchronized @Nullable Waiting admit() {
    for (Lane lane : Lane.values()) {
      Waiting next = queue(lane).peekFirst();
      if (next != null) {
        if (used > 0 && used + next.bytes > limit) {
          return null;
        }
        queue(lane).removeFirst();
        used += next.bytes;
        return next;
      }
    }
    return null;
  }

  private boolean moreUrgentWaits(Lane than) {
    for (Lane lane : Lane.values()) {
      if (!queue(lane).isEmpty()) {
        return true;
      }
      if (lane == than) {
        return false;
      }
    }
    return false;
  }

  private Deque<Waiting> queue(Lane lane) {
    return Objects.requireNonNull(queues.get(lane));
  }
}
