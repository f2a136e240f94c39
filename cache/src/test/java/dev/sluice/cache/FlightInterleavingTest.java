package dev.sluice.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Readers, an origin and the end of the layer take turns in an order that a seed decides. Each step
 * is one call of the table, which are atomic, so these are all the orders that threads can make.
 *
 * <p>A chunk is asked for once at a time; who waits for one hears of it once; nobody waits in vain.
 */
@Timeout(120)
final class FlightInterleavingTest {
  private static final int SEEDS = Integer.getInteger("sluice.interleavings", 30_000);
  private static final int CHUNKS = 6;
  private static final List<Lane> LANES = List.of(Lane.values());

  @Test
  void whoeverWaitsHearsOfItOnce() {
    for (int seed = 0; seed < SEEDS; seed++) {
      try {
        new World(new Random(seed)).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** A thread of the program: its steps, which may add more of its own. */
  private static final class Actor {
    private final Deque<Runnable> steps = new ArrayDeque<>();
  }

  private static final class Reader implements FlightTable.Waiter {
    private final Map<Integer, Integer> waited = new HashMap<>();
    private final Map<Integer, Integer> heard = new HashMap<>();
    private final Set<Integer> left = new HashSet<>();

    @Override
    public void arrived(int chunk, VerifiedChunk bytes) {
      heard.merge(chunk, 1, Integer::sum);
    }

    @Override
    public void failed(int chunk, Throwable cause) {
      heard.merge(chunk, 1, Integer::sum);
    }
  }

  private static final class World implements Origin {
    private final Random random;
    private final FlightTable table = new FlightTable(Duration.ofHours(1));
    private final List<Actor> actors = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();

    /** What a tier has, as the table was told, and as it should have been. */
    private final boolean[] present = new boolean[CHUNKS];

    private final boolean[] landed = new boolean[CHUNKS];
    private final int[] fetching = new int[CHUNKS];
    private final Lane[] wanted = new Lane[CHUNKS];
    private final boolean[] asked = new boolean[CHUNKS];
    private boolean closed;

    World(Random random) {
      this.random = random;
    }

    void run() {
      int count = 2 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        reader();
      }
      if (random.nextInt(4) == 0) {
        actor().steps.add(this::close);
      }
      while (true) {
        List<Actor> ready = actors.stream().filter(each -> !each.steps.isEmpty()).toList();
        if (ready.isEmpty()) {
          break;
        }
        ready.get(random.nextInt(ready.size())).steps.removeFirst().run();
      }
      assertThat(table.size()).as("flights left").isZero();
      for (Reader reader : readers) {
        reader.waited.forEach((chunk, times) -> {
          int heard = reader.heard.getOrDefault(chunk, 0);
          if (reader.left.contains(chunk)) {
            assertThat(heard).as("of chunk %d, which was left", chunk).isBetween(0, times);
          } else {
            assertThat(heard).as("of chunk %d", chunk).isEqualTo(times);
          }
        });
        assertThat(reader.waited.keySet()).containsAll(reader.heard.keySet());
      }
    }

    private Actor actor() {
      Actor actor = new Actor();
      actors.add(actor);
      return actor;
    }

    private void reader() {
      Reader reader = new Reader();
      readers.add(reader);
      Actor actor = actor();
      int first = random.nextInt(CHUNKS);
      int last = first + random.nextInt(CHUNKS - first);
      Lane lane = LANES.get(random.nextInt(LANES.size()));
      for (int chunk = first; chunk <= last; chunk++) {
        int each = chunk;
        actor.steps.add(() -> join(actor, reader, each, lane));
      }
      if (random.nextInt(5) == 0) {
        int gone = first;
        actor.steps.add(() -> {
          reader.left.add(gone);
          table.leave(gone, reader);
        });
      }
    }

    private void join(Actor actor, Reader reader, int chunk, Lane lane) {
      List<FlightTable.Promotion> promotions = new ArrayList<>();
      boolean wasPresent = present[chunk];
      FlightTable.Join join =
          table.join(chunk, lane, this, reader, each -> present[each], promotions);
      assertThat(join == FlightTable.Join.CLOSED).isEqualTo(closed);
      if (!closed && landed[chunk] && fetching[chunk] == 0) {
        assertThat(join)
            .as("of chunk %d, which is there", chunk)
            .isEqualTo(FlightTable.Join.PRESENT);
      }
      switch (join) {
        case STARTED -> {
          assertThat(wasPresent).isFalse();
          reader.waited.merge(chunk, 1, Integer::sum);
          assertThat(++fetching[chunk]).as("fetches of chunk %d at once", chunk).isEqualTo(1);
          wanted[chunk] = lane;
          fetch(actor, chunk, lane);
        }
        case JOINED -> {
          reader.waited.merge(chunk, 1, Integer::sum);
          if (lane.compareTo(wanted[chunk]) < 0) {
            wanted[chunk] = lane;
          }
        }
        case PRESENT, CLOSED -> {}
      }
      actor.steps.addFirst(() -> promotions.forEach(FlightTable.Promotion::tell));
    }

    /** As Layer does: a sink is assigned, the origin asked, what it must know since is told. */
    private void fetch(Actor actor, int chunk, Lane lane) {
      FetchSink sink = new FetchSink(null, chunk, chunk);
      actor.steps.addFirst(() -> {
        List<FlightTable.Promotion> since = table.issued(sink, lane);
        since.forEach(FlightTable.Promotion::tell);
      });
      actor.steps.addFirst(() -> {
        asked[chunk] = true;
        Actor origin = actor();
        if (random.nextInt(5) == 0) {
          origin.steps.add(() -> land(chunk, sink, false));
        } else {
          origin.steps.add(() -> land(chunk, sink, true));
        }
        // A second answer is nobody's.
        origin.steps.add(() -> assertThat(table.land(chunk, sink, () -> {})).isNull());
      });
      actor.steps.addFirst(() -> table.assign(sink));
    }

    private void land(int chunk, FetchSink sink, boolean well) {
      FlightTable.Flight flight =
          table.land(chunk, sink, () -> present[chunk] = present[chunk] || well);
      if (flight == null) {
        assertThat(closed).as("a flight is gone before it landed").isTrue();
        return;
      }
      fetching[chunk]--;
      landed[chunk] |= well;
      assertThat(flight.lane()).isEqualTo(wanted[chunk]);
      for (FlightTable.Waiter waiter : flight.waiters()) {
        waiter.failed(chunk, new IllegalStateException("heard"));
      }
      if (random.nextInt(4) == 0) {
        present[chunk] = false; // evicted at once
        landed[chunk] = false;
      }
    }

    private void close() {
      closed = true;
      for (FlightTable.Flight flight : table.close()) {
        flight.waiters().forEach(waiter -> waiter.failed(flight.chunk(), new Exception()));
      }
    }

    @Override
    public void fetch(int first, int last, Lane lane, Sink sink) {
      throw new AssertionError("the table asks nobody by itself");
    }

    @Override
    public void promote(int chunk, Lane lane) {
      // It may come late, when the chunk is there, or gone again and not yet asked for anew.
      assertThat(asked[chunk]).as("told of chunk %d, never asked for", chunk).isTrue();
    }
  }
}
