package dev.sluice.cache;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of one layer that are asked of an origin and have not arrived, with who waits for
 * them. Callers run the waiters' methods outside the lock.
 */
final class FlightTable {
  /** While nobody waits in {@link Lane#DEMAND} a fetch may take this many deadlines. */
  private static final int PATIENCE = 15;

  private final Map<Integer, Flight> flights = new HashMap<>();
  private final long deadlineNanos;
  private boolean closed;

  FlightTable(Duration deadline) {
    this.deadlineNanos = deadline.toNanos();
  }

  /** Who wants chunks. Each chunk joined ends in one call of {@code arrived} or {@code failed}. */
  interface Waiter {
    /** The chunk, held during the call. */
    void arrived(int chunk, VerifiedChunk bytes);

    void failed(int chunk, Throwable cause);

    /** After {@link #arrived}: the chunk is on disk, or won't be written. */
    default void settled(int chunk) {}
  }

  /** What came of joining. */
  enum Join {
    /** Waits for a fetch that is under way. */
    JOINED,
    /** The caller must start a fetch. */
    STARTED,
    /** The chunk has come in between. */
    PRESENT,
    CLOSED
  }

  /** One chunk in flight; guarded by the table. */
  static final class Flight {
    private final int chunk;
    private final Origin origin;
    private final List<Waiter> waiters = new ArrayList<>(2);
    private Lane lane;
    private long endNanos;
    private @Nullable FetchSink sink;
    private boolean issued;

    private Flight(int chunk, Origin origin, Lane lane) {
      this.chunk = chunk;
      this.origin = origin;
      this.lane = lane;
    }

    int chunk() {
      return chunk;
    }

    /** The most urgent one that it was asked for in; final once the flight has left the table. */
    Lane lane() {
      return lane;
    }

    /** Complete once the flight has left the table. */
    List<Waiter> waiters() {
      return waiters;
    }
  }

  /** A flight whose origin must hear of a more urgent lane. */
  record Promotion(Origin origin, int chunk, Lane lane) {
    void tell() {
      origin.promote(chunk, lane);
    }
  }

  /**
   * @param present whether a tier has a chunk; asked if none is in flight
   * @param promotions receives what the caller must tell
   */
  synchronized Join join(
      int chunk,
      Lane lane,
      Origin origin,
      Waiter waiter,
      IntPredicate present,
      List<Promotion> promotions) {
    if (closed) {
      return Join.CLOSED;
    }
    Flight flight = flights.get(chunk);
    if (flight != null) {
      flight.waiters.add(waiter);
      if (lane.compareTo(flight.lane) < 0) {
        flight.lane = lane;
        flight.endNanos = Math.min(flight.endNanos, end(lane));
        if (flight.issued) {
          promotions.add(new Promotion(flight.origin, chunk, lane));
        }
      }
      return Join.JOINED;
    }
    if (present.test(chunk)) {
      return Join.PRESENT;
    }
    flight = new Flight(chunk, origin, lane);
    flight.endNanos = end(lane);
    flight.waiters.add(waiter);
    flights.put(chunk, flight);
    return Join.STARTED;
  }

  private long end(Lane lane) {
    return System.nanoTime() + (lane == Lane.DEMAND ? deadlineNanos : deadlineNanos * PATIENCE);
  }

  /** The sink now answers for the flights that the caller has started. */
  synchronized void assign(FetchSink sink) {
    for (int chunk = sink.first(); chunk <= sink.last(); chunk++) {
      Flight flight = flights.get(chunk);
      if (flight != null && flight.sink == null) {
        flight.sink = sink;
      }
    }
  }

  /** The origin has taken the sink's fetch; returns what it must be told since. */
  synchronized List<Promotion> issued(FetchSink sink, Lane lane) {
    List<Promotion> promotions = new ArrayList<>();
    for (int chunk = sink.first(); chunk <= sink.last(); chunk++) {
      Flight flight = flights.get(chunk);
      if (flight != null && flight.sink == sink) {
        flight.issued = true;
        if (flight.lane.compareTo(lane) < 0) {
          promotions.add(new Promotion(flight.origin, chunk, flight.lane));
        }
      }
    }
    return promotions;
  }

  /**
   * Ends the flight that {@code sink} answers for; null if there is none (any more).
   *
   * @param publish makes the chunk findable before the flight is gone
   */
  synchronized @Nullable Flight land(int chunk, FetchSink sink, Runnable publish) {
    Flight flight = flights.get(chunk);
    if (flight == null || flight.sink != sink) {
      return null;
    }
    publish.run();
    flights.remove(chunk);
    return flight;
  }

  synchronized void leave(int chunk, Waiter waiter) {
    Flight flight = flights.get(chunk);
    if (flight != null) {
      flight.waiters.remove(waiter);
    }
  }

  /** Takes out the flights whose time is over. */
  synchronized List<Flight> expire() {
    List<Flight> late = new ArrayList<>();
    long now = System.nanoTime();
    for (Iterator<Flight> all = flights.values().iterator(); all.hasNext(); ) {
      Flight flight = all.next();
      if (flight.endNanos - now < 0) {
        all.remove();
        late.add(flight);
      }
    }
    return late;
  }

  /** Takes out all flights, for good. */
  synchronized List<Flight> close() {
    closed = true;
    List<Flight> all = new ArrayList<>(flights.values());
    flights.clear();
    return all;
  }

  synchronized int size() {
    return flights.size();
  }
}
