package dev.sluice.cache;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Which chunk of the open layers goes next. Used by the writer thread only. */
final class EvictionOrder {
  /*
   * Two clocks. A chunk enters probation; if it was used since, it moves to the protected clock
   * when its turn comes, else it goes. As long as probation has a fifth of the bytes the next
   * victim comes from there: a layer filled in the background, or read through once, evicts itself
   * and not what containers come back to. In the protected clock a used chunk gets another round.
   * Readers only set a bit of the chunk's state; the order costs them nothing.
   */
  private static final int PROBATION_SHARE = 5;

  private final Deque<Entry> probation = new ArrayDeque<>();
  private final Deque<Entry> guarded = new ArrayDeque<>();
  private long probationBytes;
  private long guardedBytes;

  /** A chunk of a layer's file. */
  record Entry(DiskLayer layer, int chunk) {
    int length() {
      return layer.map().length(chunk);
    }
  }

  void add(DiskLayer layer, int chunk) {
    Entry entry = new Entry(layer, chunk);
    probation.addLast(entry);
    probationBytes += entry.length();
  }

  void addAll(DiskLayer layer, int[] chunks) {
    for (int chunk : chunks) {
      add(layer, chunk);
    }
  }

  /** A chunk that nobody pins, claimed for eviction; null if there is none. */
  @Nullable Entry next() {
    // Each entry may be passed once for being used in either clock, and once for being pinned.
    for (long left = 3L * (probation.size() + guarded.size()); left > 0; left--) {
      boolean young =
          guarded.isEmpty()
              || (!probation.isEmpty()
                  && probationBytes * PROBATION_SHARE >= probationBytes + guardedBytes);
      Entry entry = poll(young);
      if (entry == null) {
        return null;
      }
      ChunkStates states = entry.layer().states();
      if (!states.present(entry.chunk())) {
        continue;
      }
      if (states.takeUsed(entry.chunk())) {
        guarded.addLast(entry);
        guardedBytes += entry.length();
      } else if (states.beginEvict(entry.chunk())) {
        return entry;
      } else if (young) {
        probation.addLast(entry);
        probationBytes += entry.length();
      } else {
        guarded.addLast(entry);
        guardedBytes += entry.length();
      }
    }
    return null;
  }

  private @Nullable Entry poll(boolean young) {
    Entry entry = (young ? probation : guarded).pollFirst();
    if (entry != null && young) {
      probationBytes -= entry.length();
    } else if (entry != null) {
      guardedBytes -= entry.length();
    }
    return entry;
  }

  /** The layer is closed. */
  void forget(DiskLayer layer) {
    probationBytes -= remove(probation, layer);
    guardedBytes -= remove(guarded, layer);
  }

  private static long remove(Deque<Entry> clock, DiskLayer layer) {
    long bytes = 0;
    for (Entry entry : clock) {
      bytes += entry.layer() == layer ? entry.length() : 0;
    }
    if (bytes > 0) {
      clock.removeIf(entry -> entry.layer() == layer);
    }
    return bytes;
  }
}
