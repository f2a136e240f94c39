package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import java.util.Comparator;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The threads that verify and inflate spans, most urgent lane first, else in order of arrival. */
public final class InflateWorkers implements AutoCloseable {
  private final AtomicLong arrivals = new AtomicLong();
  private final ThreadPoolExecutor threads;

  /* The queue is not bounded here: what may wait in it is bounded by the FetchBudget. */
  public InflateWorkers(int count) {
    AtomicLong numbers = new AtomicLong();
    threads =
        new ThreadPoolExecutor(
            count,
            count,
            1,
            TimeUnit.MINUTES,
            new PriorityBlockingQueue<>(64, Comparator.comparing(InflateWorkers::asWork)),
            work -> {
              Thread thread = new Thread(work, "inflate-" + numbers.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  void execute(Lane lane, Runnable task) {
    threads.execute(new Work(lane, arrivals.incrementAndGet(), task));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private static Work asWork(Runnable queued) {
    return (Work) queued;
  }

  private record Work(Lane lane, long arrival, Runnable task)
      implements Runnable, Comparable<Work> {
    private static final Comparator<Work> ORDER =
        Comparator.comparing(Work::lane).thenComparingLong(Work::arrival);

    @Override
    public void run() {
      task.run();
    }

    @Override
    public int compareTo(Work other) {
      return ORDER.compare(this, other);
    }
  }
}
