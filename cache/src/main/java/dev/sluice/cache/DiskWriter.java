package dev.sluice.cache;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The one thread that changes layer files. */
final class DiskWriter {
  private static final Logger LOG = LoggerFactory.getLogger(DiskWriter.class);

  /** Chunks written between two syncs: long enough to pay for the sync, short to hold in memory. */
  private static final long BATCH_BYTES = 32L << 20;

  /*
   * Two queues under one lock (this). Writes may be dropped: when more bytes wait than the bound,
   * the chunk is simply not on disk. Commands (evictions, changes of the order) may not; there are
   * never more than chunks and layers.
   *
   * A batch of writes is one group commit: all data, one sync per file, then the journal records,
   * then the chunks are served from the file. Until then their memory stays held and serves.
   */
  private final DiskTier tier;
  private final Durability durability;
  private final long queueBound;
  private final Counters counters;
  private final Thread thread;
  private final Deque<Runnable> commands = new ArrayDeque<>();
  private final Deque<Task> writes = new ArrayDeque<>();
  private long queuedBytes;
  private boolean closed;
  private boolean hurried;

  private record Task(DiskLayer layer, Resident resident, Lane lane, Runnable settled) {
    int chunk() {
      return resident.index();
    }
  }

  DiskWriter(DiskTier tier, CacheOptions options, Counters counters) {
    this.tier = tier;
    this.durability = options.durability();
    this.queueBound = options.writeQueueBytes();
    this.counters = counters;
    this.thread = Thread.ofPlatform().daemon().name("sluice-cache-writer").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Queues a command; false if the writer is closed and will not run it. */
  synchronized boolean execute(Runnable command) {
    if (closed) {
      return false;
    }
    commands.addLast(command);
    notifyAll();
    return true;
  }

  void offer(DiskLayer layer, Resident resident, Lane lane, Runnable settled) {
    if (!tryQueue(new Task(layer, resident, lane, settled))) {
      counters.writesDroppedQueue.increment();
      settled.run();
    }
  }

  private synchronized boolean tryQueue(Task task) {
    long bytes = task.resident().footprint();
    // One chunk may always wait, however long it is.
    if (closed || (queuedBytes > 0 && queuedBytes + bytes > queueBound)) {
      return false;
    }
    if (!task.layer().retain()) {
      return false;
    }
    if (!task.resident().chunk().retain()) {
      task.layer().release();
      return false;
    }
    queuedBytes += bytes;
    writes.addLast(task);
    notifyAll();
    return true;
  }

  /** Makes room on the writer's thread and counts it as used. */
  void reserve(long bytes, Duration patience) throws IOException {
    CompletableFuture<Boolean> answer = new CompletableFuture<>();
    AtomicBoolean decided = new AtomicBoolean();
    boolean taken =
        execute(() -> {
          boolean room = tier.room().make(bytes, Lane.DEMAND);
          if (decided.compareAndSet(false, true)) {
            if (room) {
              tier.room().charge(bytes);
            }
            answer.complete(room);
          }
        });
    try {
      if (taken && answer.get(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (TimeoutException | ExecutionException e) {
      if (!decided.compareAndSet(false, true) && answer.join()) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      if (!decided.compareAndSet(false, true) && answer.join()) {
        tier.room().charge(-bytes);
      }
    }
    throw new IOException(
        "make room for %d bytes in the disk tier: nothing more can be evicted; raise its bound or free space"
            .formatted(bytes));
  }

  private void run() {
    List<Task> batch = new ArrayList<>();
    while (true) {
      Runnable command = next(batch);
      try {
        if (command != null) {
          command.run();
        } else if (batch.isEmpty()) {
          return;
        } else {
          write(batch);
        }
      } catch (RuntimeException | Error e) {
        LOG.error("the cache's writer met a fault", e);
      } finally {
        for (Task task : batch) {
          finish(task);
        }
        batch.clear();
      }
    }
  }

  /** Waits for work: a command, or null and a batch of writes, or null and none at the end. */
  private synchronized @Nullable Runnable next(List<Task> batch) {
    while (commands.isEmpty() && writes.isEmpty() && !closed) {
      try {
        wait(TimeUnit.MINUTES.toMillis(1));
      } catch (InterruptedException _) {
        LOG.warn("the cache's writer was interrupted by somebody; it goes on");
      }
    }
    if (!commands.isEmpty()) {
      return commands.pollFirst();
    }
    long bytes = 0;
    while (!writes.isEmpty() && bytes < BATCH_BYTES) {
      Task task = writes.removeFirst();
      batch.add(task);
      bytes += task.resident().footprint();
    }
    return null;
  }

  private void finish(Task task) {
    synchronized (this) {
      queuedBytes -= task.resident().footprint();
    }
    task.resident().chunk().release();
    task.layer().release();
    task.settled().run();
  }

  private void write(List<Task> batch) {
    Map<DiskLayer, List<Integer>> begun = new LinkedHashMap<>();
    for (Task task : batch) {
      if (begin(task)) {
        begun.computeIfAbsent(task.layer(), layer -> new ArrayList<>()).add(task.chunk());
      }
    }
    begun.forEach(this::commit);
  }

  private boolean begin(Task task) {
    DiskLayer layer = task.layer();
    int chunk = task.chunk();
    if (hurried() || !tier.health().mayWrite()) {
      counters.writesDroppedDegraded.increment();
      return false;
    }
    if (!layer.states().beginWrite(chunk, task.lane())) {
      return false; // there already
    }
    long cost = layer.cost(chunk);
    if (!tier.room().make(cost, layer.states().lane(chunk))) {
      (task.lane() == Lane.BACKGROUND
              ? counters.writesDroppedBackground
              : counters.writesDroppedSpace)
          .increment();
      layer.states().abandonWrite(chunk);
      return false;
    }
    // Room may have been made by dropping a neighbour that shared a block.
    tier.room().charge(layer, layer.cost(chunk));
    try {
      layer.write(chunk, task.resident().chunk().bytes());
      return true;
    } catch (IOException e) {
      undo(layer, List.of(chunk), "write chunk %d of layer %s".formatted(chunk, layer), e);
      return false;
    }
  }

  private void commit(DiskLayer layer, List<Integer> chunks) {
    try {
      layer.commit(chunks, durability);
    } catch (IOException e) {
      undo(layer, chunks, "write %d chunks of layer %s".formatted(chunks.size(), layer), e);
      return;
    }
    for (int chunk : chunks) {
      tier.written(layer, chunk);
    }
    tier.health().succeeded();
    tier.compactIfWorthwhile(layer);
  }

  private void undo(DiskLayer layer, List<Integer> chunks, String action, IOException cause) {
    tier.health().failed(action, cause);
    for (int chunk : chunks) {
      long cost = layer.cost(chunk);
      try {
        layer.punch(chunk);
      } catch (IOException e) {
        tier.health().note("free chunk %d of layer %s".formatted(chunk, layer), e);
      }
      layer.states().abandonWrite(chunk);
      tier.room().charge(layer, -cost);
    }
  }

  private synchronized boolean hurried() {
    return hurried;
  }

  /** Writes what waits, as far as it gets in the time given. */
  void close(Duration patience) {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    try {
      if (!thread.join(patience)) {
        synchronized (this) {
          hurried = true;
        }
        LOG.warn("chunks still wait for the disk after {}; they are left out", patience);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
