package dev.sluice.cache;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The living chunks of one layer, whoever keeps them alive: the memory tier, a lease, or the queue
 * of the disk tier. A chunk is found here from its arrival until its last holder lets go.
 */
final class LayerMemory {
  private final MemoryTier tier;
  private final AtomicReferenceArray<@Nullable Resident> living;

  LayerMemory(int chunks, MemoryTier tier) {
    this.tier = tier;
    this.living = new AtomicReferenceArray<>(chunks);
  }

  /** The chunk, held once for the caller; null if it is not in memory. */
  @Nullable VerifiedChunk hold(int index) {
    Resident resident = living.get(index);
    if (resident == null || !resident.chunk().retain()) {
      return null;
    }
    tier.used(resident);
    return resident.chunk();
  }

  boolean has(int index) {
    Resident resident = living.get(index);
    return resident != null && resident.chunk().alive();
  }

  /** Makes a chunk that the caller holds findable; {@link #keep} gives it to the tier. */
  Resident publish(int index, VerifiedChunk chunk) {
    Resident resident = new Resident(this, index, chunk);
    tier.born(resident);
    chunk.whenFreed(() -> {
      living.compareAndSet(index, resident, null);
      tier.died(resident);
    });
    living.set(index, resident);
    return resident;
  }

  /** Lets the tier hold a chunk that the caller holds too. */
  void keep(Resident resident) {
    tier.keep(resident);
  }

  /** Takes all chunks of this layer out of the tier. */
  void clear() {
    for (int i = 0; i < living.length(); i++) {
      Resident resident = living.get(i);
      if (resident != null) {
        tier.drop(resident);
      }
    }
  }
}
