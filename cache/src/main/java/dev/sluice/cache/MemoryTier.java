package dev.sluice.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps chunks alive in memory, up to a number of bytes. */
final class MemoryTier {
  /*
   * Two parts. The nursery holds what has just arrived, first in first out, a quarter of the bytes
   * (but always the newest chunk). What leaves it enters Caffeine, whose policy keeps what is read
   * often. Caffeine alone would turn a new chunk away as soon as all others were read more often:
   * its own window for newcomers is 1 % of the bytes, less than one chunk. A reader that goes
   * through a chunk in 128 KiB steps would then fetch it again for each step if there is no disk.
   *
   * Outside the tier a chunk lives on while it is leased or waits for the disk. Leases in flight
   * are few but each may hold a whole chunk for a few KiB; when they and the queue together exceed
   * the bound, new leases copy the bytes they need instead (see crowded).
   */
  private final long bound;
  private final long nurseryBound;
  private final long outsideBound;
  private final Counters counters;
  private final Cache<Resident, Resident> frequent;

  /** Guarded by itself, as is {@link #nurseryBytes}. */
  private final LinkedHashSet<Resident> nursery = new LinkedHashSet<>();

  private long nurseryBytes;

  private final AtomicLong held = new AtomicLong();
  private final AtomicLong alive = new AtomicLong();

  MemoryTier(long bound, long outsideBound, Counters counters) {
    this.bound = bound;
    this.nurseryBound = bound / 4;
    this.outsideBound = outsideBound;
    this.counters = counters;
    this.frequent =
        Caffeine.newBuilder()
            .maximumWeight(bound - nurseryBound)
            .weigher((Resident key, Resident value) ->
                (int) Math.min(Integer.MAX_VALUE, key.footprint()))
            .executor(Runnable::run)
            .removalListener(this::removed)
            .build();
  }

  /** Tells the policy of a use. */
  void used(Resident resident) {
    var _ = frequent.getIfPresent(resident);
  }

  void born(Resident resident) {
    alive.addAndGet(resident.footprint());
  }

  void died(Resident resident) {
    alive.addAndGet(-resident.footprint());
  }

  /** Holds a chunk that the caller holds too, and lets go of others if need be. */
  void keep(Resident resident) {
    if (resident.footprint() > bound || !resident.chunk().retain()) {
      return;
    }
    held.addAndGet(resident.footprint());
    synchronized (nursery) {
      nursery.add(resident);
      nurseryBytes += resident.footprint();
      Iterator<Resident> oldest = nursery.iterator();
      while (nurseryBytes > nurseryBound && nursery.size() > 1) {
        Resident grown = oldest.next();
        oldest.remove();
        nurseryBytes -= grown.footprint();
        frequent.put(grown, grown);
      }
    }
  }

  void drop(Resident resident) {
    boolean young;
    synchronized (nursery) {
      young = nursery.remove(resident);
      if (young) {
        nurseryBytes -= resident.footprint();
      } else {
        frequent.invalidate(resident);
      }
    }
    if (young) {
      letGo(resident);
    }
  }

  /** Whether chunks outside the tier take more than their bound. */
  boolean crowded() {
    return outside() > outsideBound;
  }

  /** Bytes in the tier. */
  long held() {
    return held.get();
  }

  /** Bytes of chunks alive but not in the tier. */
  long outside() {
    return Math.max(0, alive.get() - held.get());
  }

  private void removed(@Nullable Resident key, @Nullable Resident value, RemovalCause cause) {
    if (key != null) {
      if (cause.wasEvicted()) {
        counters.memoryEvictions.increment();
      }
      letGo(key);
    }
  }

  private void letGo(Resident resident) {
    held.addAndGet(-resident.footprint());
    resident.chunk().release();
  }
}
