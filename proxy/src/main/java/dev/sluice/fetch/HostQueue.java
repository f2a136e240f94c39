package dev.sluice.fetch;

import dev.sluice.cache.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What waits for one host and what comes from it. Guarded by the scheduler. */
final class HostQueue {
  /*
   * What delays a fetch that somebody waits for is not the requests in the queue, which it passes,
   * but the bytes already asked for: they are in the pipe before its own. So:
   *
   *   DEMAND      up to a window of ranges, whatever lower lanes do; each range as long as wanted.
   *   HINT        as many bytes as keep the pipe full, in slices of about a round trip's worth;
   *               fewer while a demand fetch is under way or was a moment ago.
   *   BACKGROUND  as much as keeps the pipe full while all is still; one short slice at a time for
   *               two seconds after a demand fetch, as the next one may come at any time; while one
   *               is under way, one short slice a second, so that it never stands still for good.
   *
   * A lane gets nothing new while a higher one waits for its turn.
   */
  private static final long CALM_NANOS = 250_000_000;
  private static final long STILL_NANOS = 2_000_000_000;
  private static final long TRICKLE_NANOS = 1_000_000_000;
  private static final long MIB = 1 << 20;
  static final long LONGEST_DEMAND = 16 * MIB;

  /** What is fetched through is at most this part of what is wanted. */
  private static final int GAP_PART = 8;

  private final String name;
  private final LinkEstimate link = new LinkEstimate();
  private final RangeWindow window = new RangeWindow();
  private final Map<Lane, List<SpanRun>> waiting = new EnumMap<>(Lane.class);
  private final Map<Lane, Deque<Transfer>> parked = new EnumMap<>(Lane.class);
  private final List<Slice> inFlight = new ArrayList<>();

  /** Started and not settled. */
  private final Set<Transfer> live = new HashSet<>();

  private final LongSupplier clock;
  private long demandNanos;
  private long backgroundNanos;

  HostQueue(String name, LongSupplier clock) {
    this.name = name;
    this.clock = clock;
    this.demandNanos = clock.getAsLong() - STILL_NANOS;
    this.backgroundNanos = clock.getAsLong();
    for (Lane lane : Lane.values()) {
      waiting.put(lane, new ArrayList<>());
      parked.put(lane, new ArrayDeque<>());
    }
  }

  String name() {
    return name;
  }

  LinkEstimate link() {
    return link;
  }

  RangeWindow window() {
    return window;
  }

  boolean idle() {
    return live.isEmpty() && inFlight.isEmpty() && !anyWaits();
  }

  boolean anyWaits() {
    return Stream.of(Lane.values()).anyMatch(this::waits);
  }

  boolean waits(Lane lane) {
    return !waiting(lane).isEmpty() || isParked(lane);
  }

  boolean isParked(Lane lane) {
    return !parked(lane).isEmpty();
  }

  /** Runs and started transfers that wait in a lane. */
  int waitingCount(Lane lane) {
    return waiting(lane).size() + parked(lane).size();
  }

  int inFlight(Lane lane) {
    return (int) inFlight.stream().filter(slice -> slice.lane() == lane).count();
  }

  long underWayIn(Lane lane) {
    return inFlight.stream().filter(slice -> slice.lane() == lane).mapToLong(Slice::left).sum();
  }

  /** Bytes asked for in this lane and in lower ones that are still to come. */
  long underWay(Lane lane) {
    long bytes = 0;
    for (Slice slice : inFlight) {
      bytes += slice.lane().compareTo(lane) >= 0 ? slice.left() : 0;
    }
    return bytes;
  }

  // ---- admission

  /** How much a lane may ask for next, exactly or about. */
  record Share(long bytes, boolean exact) {
    static final Share NOTHING = new Share(0, true);

    boolean isNothing() {
      return bytes == 0;
    }
  }

  /**
   * What {@code lane} may ask for now.
   *
   * @param memoryIsShort whether a higher lane waits for memory, not for its turn: then what has
   *     memory already must go on
   */
  Share share(Lane lane, boolean memoryIsShort, long now) {
    if (lane == Lane.DEMAND) {
      return inFlight(lane) < window.size() ? new Share(LONGEST_DEMAND, false) : Share.NOTHING;
    }
    int slots = Math.max(1, window.size() / 2);
    int lower = inFlight(Lane.HINT) + inFlight(Lane.BACKGROUND);
    boolean passed =
        waits(Lane.DEMAND) || (lane == Lane.BACKGROUND && waits(Lane.HINT) && lower > 0);
    if (lower >= slots || (passed && !memoryIsShort)) {
      return Share.NOTHING;
    }
    boolean active = inFlight(Lane.DEMAND) > 0;
    boolean calm = !active && now - demandNanos >= CALM_NANOS;
    long pipe = link.roundTripBytes();
    long underWay = underWay(Lane.HINT);
    if (lane == Lane.HINT) {
      // Not shorter while somebody reads: most spans are of this order, and the rest of one that is
      // cut is asked for only when its head is here, a round trip later than its reader could have
      // it.
      long slice = Math.clamp(pipe, MIB, 8 * MIB);
      long most = (calm ? 3 : 2) * Math.max(pipe, slice);
      return lower == 0 || underWay + slice <= most ? new Share(slice, false) : Share.NOTHING;
    }
    if (calm && now - demandNanos >= STILL_NANOS) {
      // Four thirds keep the pipe full: when a third has come, the next one's request goes out.
      long slice = Math.clamp(pipe / 3, MIB / 2, 4 * MIB);
      return lower == 0 || underWay + slice <= 4 * slice ? new Share(slice, true) : Share.NOTHING;
    }
    boolean turn = !active || now - backgroundNanos >= TRICKLE_NANOS;
    return inFlight(Lane.BACKGROUND) == 0 && turn
        ? new Share(Math.clamp(pipe / 8, MIB / 16, MIB), true)
        : Share.NOTHING;
  }

  // ---- waiting

  void add(SpanRun run) {
    waiting(run.lane()).addLast(run);
    if (run.lane() == Lane.DEMAND) {
      demandNanos = clock.getAsLong();
    }
  }

  void addFirst(SpanRun run) {
    waiting(run.lane()).addFirst(run);
  }

  void park(Transfer transfer) {
    parked(transfer.lane()).addLast(transfer);
  }

  @Nullable Transfer unpark(Lane lane) {
    return parked(lane).pollFirst();
  }

  /** The next run of a lane, of about {@code bytes}, together with what comes well with it. */
  SpanRun take(Lane lane, long bytes) {
    List<SpanRun> queue = waiting(lane);
    SpanRun run = queue.removeFirst();
    int count = run.countWithin(bytes);
    if (count < run.wanted().size()) {
      queue.addFirst(run.part(count, run.wanted().size()));
      return run.part(0, count);
    }
    run = join(run, queue, bytes);
    return lane == Lane.DEMAND ? join(run, waiting(Lane.HINT), link.roundTripBytes()) : run;
  }

  /** Joins runs of the same layer that lie near, as long as all come in {@code most} bytes. */
  private SpanRun join(SpanRun run, List<SpanRun> from, long most) {
    SpanRun joined = run;
    for (ListIterator<SpanRun> others = from.listIterator(); others.hasNext(); ) {
      SpanRun other = others.next();
      if (other.origin() != run.origin() || other.attempt() != 1 || run.attempt() != 1) {
        continue;
      }
      long gap = Math.max(other.start() - joined.end(), joined.start() - other.end());
      long length = Math.max(joined.end(), other.end()) - Math.min(joined.start(), other.start());
      long through = Math.min(link.roundTripBytes(), length / GAP_PART);
      boolean before = other.start() < joined.start();
      // Nothing less urgent may come before what is waited for.
      boolean passes = before && other.lane() != run.lane();
      if (gap <= through && length <= most && !passes) {
        List<SpanRun.Wanted> all = new ArrayList<>(joined.wanted());
        all.addAll(other.wanted());
        all.sort((a, b) -> Integer.compare(a.span(), b.span()));
        long since = Math.min(joined.since(), other.since());
        joined = new SpanRun(run.origin(), all, run.lane(), 1, since);
        others.remove();
      }
    }
    return joined;
  }

  /** Moves a span that waits or comes in a lower lane up; whether there was one. */
  boolean promote(SpanOrigin origin, int span, Lane lane) {
    for (Lane lower : Lane.values()) {
      if (lower.compareTo(lane) > 0 && promoteWaiting(origin, span, lower, lane)) {
        return true;
      }
    }
    for (Transfer transfer : live) {
      if (transfer.contains(origin, span) && transfer.lane().compareTo(lane) > 0) {
        if (parked(transfer.lane()).remove(transfer)) {
          parked(lane).addLast(transfer);
        }
        transfer.lane(lane);
        for (Slice slice : inFlight) {
          if (slice.transfer() == transfer) {
            slice.lane(lane);
          }
        }
        return true;
      }
    }
    return false;
  }

  private boolean promoteWaiting(SpanOrigin origin, int span, Lane from, Lane to) {
    for (ListIterator<SpanRun> runs = waiting(from).listIterator(); runs.hasNext(); ) {
      SpanRun run = runs.next();
      int index = run.origin() == origin ? run.indexOf(span) : -1;
      if (index >= 0) {
        runs.remove();
        if (index > 0) {
          runs.add(run.part(0, index));
        }
        if (index + 1 < run.wanted().size()) {
          runs.add(run.part(index + 1, run.wanted().size()));
        }
        add(run.part(index, index + 1).in(to));
        return true;
      }
    }
    return false;
  }

  // ---- under way

  void started(Transfer transfer) {
    live.add(transfer);
  }

  void settled(Transfer transfer) {
    live.remove(transfer);
  }

  void started(Slice slice) {
    long now = clock.getAsLong();
    if (inFlight.isEmpty()) {
      link.busy(now);
    }
    inFlight.add(slice);
    if (slice.lane() == Lane.BACKGROUND) {
      backgroundNanos = now;
    }
  }

  void ended(Slice slice, boolean brought) {
    long now = clock.getAsLong();
    inFlight.remove(slice);
    if (slice.lane() == Lane.DEMAND) {
      demandNanos = now;
    }
    if (brought) {
      window.brought(slice.firstByteNanos(), link.roundTrip(), anyWaits(), now);
    }
  }

  /** Takes out all that has not started. */
  List<SpanRun> drain() {
    List<SpanRun> all = new ArrayList<>();
    waiting
        .values()
        .forEach(queue -> {
          all.addAll(queue);
          queue.clear();
        });
    return all;
  }

  /** Takes out what has started and waits for its next slice. */
  List<Transfer> drainParked() {
    List<Transfer> all = new ArrayList<>();
    parked
        .values()
        .forEach(queue -> {
          all.addAll(queue);
          queue.clear();
        });
    return all;
  }

  private List<SpanRun> waiting(Lane lane) {
    return Objects.requireNonNull(waiting.get(lane));
  }

  private Deque<Transfer> parked(Lane lane) {
    return Objects.requireNonNull(parked.get(lane));
  }
}
