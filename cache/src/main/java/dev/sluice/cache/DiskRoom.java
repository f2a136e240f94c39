package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** The space of the disk tier: what is used, and who must go when it is short. */
final class DiskRoom {
  /*
   * Closed layers go first, whole, the one closed longest ago before the others: a layer is open as
   * long as it is mounted, so a closed one belongs to no container. Then single chunks of open
   * layers go, as EvictionOrder says.
   *
   * The lock (this) guards the closed layers, and their files while they are deleted: who opens a
   * layer claims it here first. All else is done by the writer thread.
   */
  private final CacheOptions options;
  private final CacheDirectory directory;
  private final SparseFiles files;
  private final DiskHealth health;
  private final Counters counters;
  private final EvictionOrder order = new EvictionOrder();
  private final LinkedHashMap<LayerKey, Long> closed = new LinkedHashMap<>();
  private final AtomicLong used = new AtomicLong();

  DiskRoom(
      CacheOptions options,
      CacheDirectory directory,
      SparseFiles files,
      DiskHealth health,
      Counters counters) {
    this.options = options;
    this.directory = directory;
    this.files = files;
    this.health = health;
    this.counters = counters;
  }

  /** Bytes of the file system that all layers take. */
  long used() {
    return used.get();
  }

  /** Counts bytes as used, or no longer. */
  void charge(long bytes) {
    used.addAndGet(bytes);
  }

  void charge(DiskLayer layer, long bytes) {
    layer.charge(bytes);
    charge(bytes);
  }

  /** Nobody has the layer open; its bytes are counted already. */
  synchronized void leave(LayerKey key, long bytes) {
    closed.put(key, bytes);
  }

  /** From now on the layer's files are the caller's; its bytes are no longer counted. */
  synchronized void claim(LayerKey key) {
    Long bytes = closed.remove(key);
    if (bytes != null) {
      charge(-bytes);
    }
  }

  // ---- the writer thread

  EvictionOrder order() {
    return order;
  }

  /** Evicts until {@code bytes} more may be written; false if that can't be. */
  boolean make(long bytes) {
    long over = used.get() + bytes - options.diskBytes();
    long lack;
    try {
      lack = options.diskReserveBytes() + bytes - files.usable(directory.root());
    } catch (IOException e) {
      health.note("make room", e);
      return false;
    }
    while (over > 0 || lack > 0) {
      long freed = evictOne(over > 0);
      if (freed < 0) {
        return false;
      }
      over -= freed;
      lack -= freed;
    }
    return true;
  }

  /** Drops a closed layer or a chunk; returns the bytes freed, -1 if there is none to drop. */
  private long evictOne(boolean forBound) {
    long freed = deleteOldestClosed();
    if (freed >= 0) {
      counters.layersEvicted.increment();
      return freed;
    }
    EvictionOrder.Entry victim;
    do {
      victim = order.next();
      if (victim == null) {
        return -1;
      }
    } while (!victim.layer().retain()); // being closed: its turn comes as a whole
    (forBound ? counters.diskEvictionsForBound : counters.diskEvictionsForReserve).increment();
    try {
      return erase(victim.layer(), victim.chunk());
    } finally {
      victim.layer().release();
    }
  }

  private synchronized long deleteOldestClosed() {
    for (Iterator<Map.Entry<LayerKey, Long>> all = closed.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<LayerKey, Long> layer = all.next();
      try {
        directory.delete(layer.getKey());
        long bytes = layer.getValue();
        all.remove();
        charge(-bytes);
        return bytes;
      } catch (IOException e) {
        health.note("delete layer " + layer.getKey(), e);
      }
    }
    return -1;
  }

  /** Ends an eviction that has begun; returns the bytes freed. */
  long erase(DiskLayer layer, int chunk) {
    long cost = layer.cost(chunk);
    try {
      layer.erase(chunk);
    } catch (IOException e) {
      // The blocks are found again when the layer is next opened (DiskLayer.punchGaps).
      health.note("drop chunk %d of layer %s".formatted(chunk, layer), e);
    }
    layer.states().finishEvict(chunk);
    charge(layer, -cost);
    return cost;
  }
}
