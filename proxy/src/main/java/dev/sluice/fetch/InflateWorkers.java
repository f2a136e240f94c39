package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that verify and inflate spans: most urgent lane first, else in order of arrival. One
 * of them never works for the background, so that a span that somebody waits for finds it free.
 */
public final class InflateWorkers implements AutoCloseable {
  /* The queue is not bounded here: what may wait in it is bounded by the FetchBudget. */
  private static final Logger LOG = LoggerFactory.getLogger(InflateWorkers.class);

  private final int background;
  private final List<Thread> threads = new ArrayList<>();

  // Guarded by this.
  private final Map<Lane, Deque<Work>> queues = new EnumMap<>(Lane.class);
  private int backgroundRuns;
  private boolean closed;

  /**
   * @param owner whose work it is, see {@link #promote}
   */
  private record Work(Object owner, Runnable task) {}

  public InflateWorkers(int count) {
    background = Math.max(1, count - 1);
    for (Lane lane : Lane.values()) {
      queues.put(lane, new ArrayDeque<>());
    }
    for (int i = 1; i <= count; i++) {
      Thread thread = new Thread(this::work, "inflate-" + i);
      thread.setDaemon(true);
      thread.start();
      threads.add(thread);
    }
  }

  /** Whether the task will run; false if these workers are closed. */
  synchronized boolean execute(Lane lane, Object owner, Runnable task) {
    if (closed) {
      return false;
    }
    queue(lane).addLast(new Work(owner, task));
    notifyAll();
    return true;
  }

  /** What waits for {@code owner} in lower lanes waits in {@code lane} from now on. */
  synchronized void promote(Object owner, Lane lane) {
    for (Lane lower : Lane.values()) {
      if (lower.compareTo(lane) > 0) {
        for (Iterator<Work> all = queue(lower).iterator(); all.hasNext(); ) {
          Work work = all.next();
          if (work.owner.equals(owner)) {
            all.remove();
            queue(lane).addLast(work);
          }
        }
      }
    }
  }

  private void work() {
    while (true) {
      Lane lane;
      Work work;
      synchronized (this) {
        lane = next();
        while (lane == null && !closed) {
          try {
            wait();
          } catch (InterruptedException _) {
            return;
          }
          lane = next();
        }
        if (closed || lane == null) {
          return;
        }
        work = queue(lane).removeFirst();
        backgroundRuns += lane == Lane.BACKGROUND ? 1 : 0;
      }
      try {
        work.task.run();
      } catch (RuntimeException | Error e) {
        LOG.error("inflating a span failed", e);
      } finally {
        synchronized (this) {
          backgroundRuns -= lane == Lane.BACKGROUND ? 1 : 0;
        }
      }
    }
  }

  private @Nullable Lane next() {
    for (Lane lane : Lane.values()) {
      if (!queue(lane).isEmpty()) {
        return lane == Lane.BACKGROUND && backgroundRuns >= background ? null : lane;
      }
    }
    return null;
  }

  private Deque<Work> queue(Lane lane) {
    return Objects.requireNonNull(queues.get(lane));
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    threads.forEach(Thread::interrupt);
  }
}
