package dev.sluice.cache;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The chunks of the layers of one use, in the order in which they go. */
final class Clocks {
  /*
   * FILLED and HINTED hold what came unasked and was not read yet, first in, first out. What is read
   * before its turn comes goes to PROBATION, as it has shown its worth once.
   *
   * What came for a reader is FRESH for a while. Uses in this time are no news: a program that goes
   * through a file reads each chunk many times, in small steps. Then it is in PROBATION; if it is
   * used there it moves to GUARDED when its turn comes, else it goes. While FRESH and PROBATION have
   * a fifth of the bytes victims come from there: a pass over a big tree evicts itself and not what
   * containers come back to. In GUARDED a used chunk gets another round.
   *
   * Readers only set bits of the chunk's state; the order costs them nothing.
   */
  enum Rank {
    FILLED,
    HINTED,
    FRESH,
    PROBATION,
    GUARDED
  }

  private static final int PROBATION_SHARE = 5;

  private final Map<Rank, Queue> queues = new EnumMap<>(Rank.class);
  private final long freshNanos;
  private final LongSupplier clock;

  /**
   * A chunk of a layer's file.
   *
   * @param since when it came
   */
  record Entry(DiskLayer layer, int chunk, long since) {
    int length() {
      return layer.map().length(chunk);
    }
  }

  private static final class Queue {
    private final Deque<Entry> entries = new ArrayDeque<>();
    private long bytes;

    void add(Entry entry) {
      entries.addLast(entry);
      bytes += entry.length();
    }

    @Nullable Entry poll() {
      Entry entry = entries.pollFirst();
      bytes -= entry == null ? 0 : entry.length();
      return entry;
    }

    List<Entry> remove(DiskLayer layer) {
      List<Entry> removed = new ArrayList<>();
      for (Entry entry : entries) {
        if (entry.layer() == layer) {
          removed.add(entry);
          bytes -= entry.length();
        }
      }
      if (!removed.isEmpty()) {
        entries.removeIf(entry -> entry.layer() == layer);
      }
      return removed;
    }
  }

  /**
   * @param fresh how long uses of a chunk that came for a reader are no news
   */
  Clocks(Duration fresh, LongSupplier clock) {
    this.freshNanos = fresh.toNanos();
    this.clock = clock;
    for (Rank rank : Rank.values()) {
      queues.put(rank, new Queue());
    }
  }

  private Queue queue(Rank rank) {
    return Objects.requireNonNull(queues.get(rank));
  }

  /** A chunk that was just written, or found at the start. */
  void add(DiskLayer layer, int chunk) {
    Rank rank =
        switch (layer.states().lane(chunk)) {
          case BACKGROUND -> Rank.FILLED;
          case HINT -> Rank.HINTED;
          case DEMAND -> freshNanos > 0 ? Rank.FRESH : Rank.PROBATION;
        };
    queue(rank).add(new Entry(layer, chunk, clock.getAsLong()));
    age();
  }

  /** Ends the time in which uses of chunks are no news, for those that have had it. */
  void age() {
    Queue fresh = queue(Rank.FRESH);
    long now = clock.getAsLong();
    for (Entry oldest = fresh.entries.peekFirst();
        oldest != null && now - oldest.since() >= freshNanos;
        oldest = fresh.entries.peekFirst()) {
      var _ = fresh.poll();
      boolean _ = oldest.layer().states().takeUsed(oldest.chunk());
      queue(Rank.PROBATION).add(oldest);
    }
  }

  /** A chunk of one of the first ranks that nobody has read or pins, claimed for eviction. */
  @Nullable Entry nextUnread(Rank rank) {
    Queue queue = queue(rank);
    for (int left = queue.entries.size(); left > 0; left--) {
      Entry entry = queue.poll();
      if (entry == null) {
        return null;
      }
      ChunkStates states = entry.layer().states();
      if (!states.present(entry.chunk())) {
        continue;
      }
      if (states.lane(entry.chunk()) == Lane.DEMAND) {
        boolean _ = states.takeUsed(entry.chunk());
        queue(Rank.PROBATION).add(entry);
      } else if (states.beginEvict(entry.chunk())) {
        return entry;
      } else {
        queue.add(entry);
      }
    }
    return null;
  }

  /** A chunk that was read, and that nobody pins, claimed for eviction; null if there is none. */
  @Nullable Entry nextRead() {
    age();
    Queue fresh = queue(Rank.FRESH);
    Queue probation = queue(Rank.PROBATION);
    Queue guarded = queue(Rank.GUARDED);
    int all = fresh.entries.size() + probation.entries.size() + guarded.entries.size();
    // Each entry may be passed once for being used in either clock, and once for being pinned.
    for (long left = 3L * all; left > 0; left--) {
      long young = probation.bytes + fresh.bytes;
      Queue from = guarded;
      if (guarded.entries.isEmpty() || young * PROBATION_SHARE >= young + guarded.bytes) {
        from = probation.entries.isEmpty() ? fresh : probation;
      }
      Entry entry = from.poll();
      if (entry == null) {
        entry = guarded.poll();
        from = guarded;
      }
      if (entry == null) {
        return null;
      }
      ChunkStates states = entry.layer().states();
      if (!states.present(entry.chunk())) {
        continue;
      }
      boolean used = states.takeUsed(entry.chunk());
      if (used && from != fresh) {
        guarded.add(entry);
      } else if (states.beginEvict(entry.chunk())) {
        return entry;
      } else {
        from.add(entry);
      }
    }
    return null;
  }

  /** Takes all entries of a layer out. */
  Map<Rank, List<Entry>> remove(DiskLayer layer) {
    Map<Rank, List<Entry>> removed = new EnumMap<>(Rank.class);
    queues.forEach((rank, queue) -> removed.put(rank, queue.remove(layer)));
    return removed;
  }

  /** Takes what {@link #remove} of others gave. */
  void addAll(Map<Rank, List<Entry>> entries) {
    entries.forEach((rank, each) -> each.forEach(queue(rank)::add));
  }
}
