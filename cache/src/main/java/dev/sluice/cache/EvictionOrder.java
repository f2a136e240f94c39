package dev.sluice.cache;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Which chunk of the open layers goes next. Used by the writer thread only. */
final class EvictionOrder {
  /*
   * First what was filled in the background and never read, then what a hint brought in vain; of
   * either, chunks of layers that no container uses before the others. Then what was read: of idle
   * layers all, then of layers in use. Chunks of pinned layers are in clocks that nobody asks.
   */
  private final Map<LayerUse, Clocks> clocks = new EnumMap<>(LayerUse.class);

  /**
   * A chunk to evict.
   *
   * @param why the lane it came in, DEMAND if it was read
   */
  record Victim(DiskLayer layer, int chunk, Lane why) {}

  EvictionOrder(Duration fresh, LongSupplier clock) {
    for (LayerUse use : LayerUse.values()) {
      clocks.put(use, new Clocks(fresh, clock));
    }
  }

  private Clocks of(LayerUse use) {
    return Objects.requireNonNull(clocks.get(use));
  }

  void add(DiskLayer layer, int chunk) {
    of(layer.use()).add(layer, chunk);
  }

  void addAll(DiskLayer layer, int[] chunks) {
    for (int chunk : chunks) {
      add(layer, chunk);
    }
  }

  /** A chunk that nobody pins, claimed for eviction; null if there is none. */
  @Nullable Victim next() {
    Clocks idle = of(LayerUse.IDLE);
    Clocks running = of(LayerUse.RUNNING);
    Victim victim = victim(idle.nextUnread(Clocks.Rank.FILLED), Lane.BACKGROUND);
    victim =
        victim != null ? victim : victim(running.nextUnread(Clocks.Rank.FILLED), Lane.BACKGROUND);
    victim = victim != null ? victim : victim(idle.nextUnread(Clocks.Rank.HINTED), Lane.HINT);
    victim = victim != null ? victim : victim(running.nextUnread(Clocks.Rank.HINTED), Lane.HINT);
    victim = victim != null ? victim : victim(idle.nextRead(), Lane.DEMAND);
    return victim != null ? victim : victim(running.nextRead(), Lane.DEMAND);
  }

  private static @Nullable Victim victim(Clocks.@Nullable Entry entry, Lane why) {
    return entry == null ? null : new Victim(entry.layer(), entry.chunk(), why);
  }

  /** Lets time pass; called every few seconds, so that uses are counted from the right time on. */
  void age() {
    clocks.values().forEach(Clocks::age);
  }

  /** The layer's use has changed. */
  void moved(DiskLayer layer) {
    for (LayerUse use : LayerUse.values()) {
      if (use != layer.use()) {
        of(layer.use()).addAll(of(use).remove(layer));
      }
    }
  }

  /** The layer is closed. */
  void forget(DiskLayer layer) {
    clocks.values().forEach(each -> each.remove(layer));
  }
}
