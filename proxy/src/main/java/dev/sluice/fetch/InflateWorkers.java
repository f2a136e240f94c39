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
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that verify and inflate spans: most urgent lane first, else in order of arrival. One
 * of them never works for the background, so that a span that somebody waits for finds it free.
 * While somebody {@link #precede precedes}, none of them begins what nobody waits for.
 */
public final class InflateWorkers implements AutoCloseable {
  /*
   * The queue is not bounded here: what may wait in it is bounded by the FetchBudget.
   *
   * A pull waits for layers that are being opened, which is computing on one thread after the other.
   * Hints of the layers below are there by then, enough to keep all CPUs busy for seconds: beside
   * them, opening a large layer took twice its time, and the container began so much later.
   */
  private static final Logger LOG = LoggerFactory.getLogger(InflateWorkers.class);

  private final int background;
  private final List<Thread> threads = new ArrayList<>();

  // Guarded by this.
  private final Map<Lane, Deque<Work>> queues = new EnumMap<>(Lane.class);
  private int backgroundRuns;
  private int preceding;
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

  /** What somebody waits for that is no span; until it is closed, only spans of demand begin. */
  public interface Precedence extends AutoCloseable {
    @Override
    void close();
  }

  /** Takes precedence over hints and the background, for something that is known to end soon. */
  public Precedence precede() {
    AtomicBoolean held = new AtomicBoolean(true);
    count(1);
    return () -> {
      if (held.getAndSet(false)) {
        count(-1);
      }
    };
  }

  private synchronized void count(int more) {
    preceding += more;
    notifyAll();
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
      boolean waits =
          (lane != Lane.DEMAND && preceding > 0)
              || (lane == Lane.BACKGROUND && backgroundRuns >= background);
      if (!waits && !queue(lane).isEmpty()) {
        return lane;
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
