package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides for the whole node which ranges are asked for next: per host, most urgent lane first, in
 * a window that adapts to the host and the way to it.
 */
public final class FetchScheduler implements AutoCloseable {
  /*
   *   submit ──► waiting (SpanRun) ──► started (Transfer): memory is taken
   *                  │ promote, split        │ slice ──► Slice: a range request in flight
   *                  ▼                       │   ▲          │ ended
   *              a higher lane               │   └─ parked ◄┘ bytes are left
   *                                          ▼
   *                                  all bytes in; inflating; settled: memory is given back
   *
   * All of it is guarded by this object. What it decides is done outside the lock.
   */
  private static final int MOST_HOSTS = 64;
  private static final long LOOK_NANOS = 100_000_000;

  private final FetchBudget budget;
  private final FetchStats stats;
  private final LongSupplier clock;
  private final Hedging hedging = new Hedging();
  private final Map<String, HostQueue> hosts = new LinkedHashMap<>();
  private final Timers timers;
  private int turn;
  private boolean looks;
  private boolean closed;

  /**
   * @param memory bytes that fetches may hold together, compressed and inflated
   */
  public FetchScheduler(long memory, FetchStats stats) {
    this(memory, stats, System::nanoTime);
  }

  FetchScheduler(long memory, FetchStats stats, LongSupplier clock) {
    this(memory, stats, clock, new ThreadTimers("sluice-fetch-timer"));
  }

  /**
   * @param clock nanoseconds of the same time in which {@code timers} run
   */
  FetchScheduler(long memory, FetchStats stats, LongSupplier clock, Timers timers) {
    this.clock = clock;
    this.budget = new FetchBudget(memory);
    this.stats = stats;
    this.timers = timers;
  }

  FetchStats stats() {
    return stats;
  }

  long nanos() {
    return clock.getAsLong();
  }

  /** Bytes of memory that fetches hold now. */
  public long memoryUsed() {
    return budget.used();
  }

  /** Fetches that wait in a lane. */
  public synchronized int waiting(Lane lane) {
    return hosts.values().stream().mapToInt(host -> host.waitingCount(lane)).sum();
  }

  /** Range requests of a lane that are under way. */
  public synchronized int inFlight(Lane lane) {
    return hosts.values().stream().mapToInt(host -> host.inFlight(lane)).sum();
  }

  /** Bytes asked for in a lane that are still to come. */
  public synchronized long inFlightBytes(Lane lane) {
    return hosts.values().stream().mapToLong(host -> host.underWayIn(lane)).sum();
  }

  /** What is known of each host, by name. */
  public synchronized List<HostLoad> hosts() {
    return hosts.values().stream()
        .map(host ->
            new HostLoad(
                host.name(),
                host.window().size(),
                host.link().roundTrip(),
                host.link().bytesPerSecond()))
        .toList();
  }

  void submit(SpanRun run) {
    List<Slice> starts;
    boolean late;
    synchronized (this) {
      late = closed;
      if (!late) {
        host(run.origin().blob().host()).add(run);
      }
      starts = admit();
    }
    if (late) {
      cancel(run);
    }
    starts.forEach(this::start);
  }

  void promote(SpanOrigin origin, int span, Lane lane) {
    List<Slice> starts;
    synchronized (this) {
      if (host(origin.blob().host()).promote(origin, span, lane)) {
        stats.promoted.increment();
      }
      starts = admit();
    }
    starts.forEach(this::start);
  }

  private HostQueue host(String name) {
    HostQueue host = hosts.get(name);
    if (host == null) {
      if (hosts.size() >= MOST_HOSTS) {
        hosts.values().removeIf(HostQueue::idle);
      }
      host = new HostQueue(name, clock);
      hosts.put(name, host);
    }
    return host;
  }

  // ---- what starts

  private List<Slice> admit() {
    List<Slice> starts = new ArrayList<>(2);
    if (closed) {
      return starts;
    }
    long now = clock.getAsLong();
    List<HostQueue> all = List.copyOf(hosts.values());
    boolean memoryIsShort = false;
    for (Lane lane : Lane.values()) {
      boolean refused = false;
      for (int i = 0; i < all.size(); i++) {
        HostQueue host = all.get(Math.floorMod(turn + i, all.size()));
        refused |= !admit(host, lane, memoryIsShort, now, starts);
      }
      memoryIsShort |= refused;
    }
    turn += starts.isEmpty() ? 0 : 1;
    lookAgain(all);
    return starts;
  }

  /** Starts what {@code host} may be asked for in a lane; false if memory is short for it. */
  private boolean admit(
      HostQueue host, Lane lane, boolean memoryIsShort, long now, List<Slice> starts) {
    while (memoryIsShort ? host.isParked(lane) : host.waits(lane)) {
      HostQueue.Share share = host.share(lane, memoryIsShort, now);
      if (share.isNothing()) {
        return true;
      }
      Transfer transfer = host.unpark(lane);
      if (transfer == null) {
        SpanRun run = host.take(lane, share.bytes());
        if (!budget.tryAcquire(lane, run.memory())) {
          host.addFirst(run);
          return false;
        }
        transfer = new Transfer(this, host, run);
        host.started(transfer);
      }
      Slice slice = transfer.slice(share.bytes(), share.exact());
      host.started(slice);
      starts.add(slice);
    }
    return true;
  }

  /** Calm comes without an event. */
  private void lookAgain(List<HostQueue> all) {
    if (!looks && all.stream().anyMatch(HostQueue::anyWaits)) {
      looks = true;
      timers.after(LOOK_NANOS, this::look);
    }
  }

  private void look() {
    List<Slice> starts;
    synchronized (this) {
      looks = false;
      starts = admit();
    }
    starts.forEach(this::start);
  }

  private void start(Slice slice) {
    stats.fetches.increment();
    stats.fetches(slice.lane()).increment();
    slice.start();
    if (slice.lane() == Lane.DEMAND && !slice.host().name().equals(BlobSource.LOCAL)) {
      long delay;
      synchronized (this) {
        delay = hedging.delayNanos(slice.host().link());
      }
      if (delay > 0 && slice.firstByteNanos() < 0) {
        timers.after(delay, () -> hedge(slice));
      }
    }
  }

  private void hedge(Slice slice) {
    synchronized (this) {
      if (closed || slice.firstByteNanos() >= 0 || !hedging.take()) {
        return;
      }
    }
    if (slice.hedge()) {
      stats.hedges.increment();
    }
  }

  // ---- what happens, any thread

  /** The first byte of a slice came. */
  synchronized void begun(Slice slice) {
    slice.host().link().firstByte(slice.firstByteNanos(), clock.getAsLong());
  }

  void received(Slice slice, long bytes) {
    List<Slice> starts = List.of();
    synchronized (this) {
      HostQueue host = slice.host();
      host.link().received(bytes, host.underWay(Lane.DEMAND), clock.getAsLong());
      if (host.anyWaits()) {
        starts = admit();
      }
    }
    starts.forEach(this::start);
  }

  /** An attempt of a range failed; it may still be brought. */
  synchronized void setback(HostQueue host, FailureKind kind) {
    if (kind.isTransient()) {
      host.window().troubled(host.link().roundTrip(), clock.getAsLong());
    }
  }

  void ended(Slice slice, @Nullable Throwable failure) {
    List<Slice> starts;
    boolean cut = false;
    synchronized (this) {
      slice.host().ended(slice, failure == null);
      if (failure == null && !slice.transfer().asked()) {
        cut = closed;
        if (!cut) {
          slice.host().park(slice.transfer());
        }
      }
      starts = admit();
    }
    if (failure != null) {
      slice.transfer().fail(failure);
    } else if (cut) {
      slice.transfer().fail(stopping(slice.transfer().origin()));
    }
    starts.forEach(this::start);
  }

  void settled(Transfer transfer) {
    budget.release(transfer.memory());
    List<Slice> starts;
    synchronized (this) {
      transfer.host().settled(transfer);
      starts = admit();
    }
    starts.forEach(this::start);
  }

  /** Fails what is not under way. What is, ends by itself. */
  @Override
  public void close() {
    List<SpanRun> waiting = new ArrayList<>();
    List<Transfer> parked = new ArrayList<>();
    synchronized (this) {
      closed = true;
      for (HostQueue host : hosts.values()) {
        waiting.addAll(host.drain());
        parked.addAll(host.drainParked());
      }
    }
    timers.close();
    waiting.forEach(FetchScheduler::cancel);
    parked.forEach(transfer -> transfer.fail(stopping(transfer.origin())));
  }

  private static SluiceException stopping(SpanOrigin origin) {
    return new SluiceException(FailureKind.CANCELLED, "fetch " + origin + ": Sluice is stopping");
  }

  private static void cancel(SpanRun run) {
    SluiceException cause = stopping(run.origin());
    run.wanted().forEach(wanted -> wanted.sink().failed(wanted.span(), cause));
  }
}
