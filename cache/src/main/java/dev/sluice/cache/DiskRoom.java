package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFiles;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

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
  private final EvictionOrder order;
  private final LinkedHashMap<LayerKey, Long> closed = new LinkedHashMap<>();
  private final AtomicLong used = new AtomicLong();
  private volatile Set<LayerKey> pinned = Set.of();

  DiskRoom(
      CacheOptions options,
      CacheDirectory directory,
      SparseFiles files,
      DiskHealth health,
      Counters counters,
      LongSupplier clock) {
    this.options = options;
    this.directory = directory;
    this.files = files;
    this.health = health;
    this.counters = counters;
    this.order = new EvictionOrder(options.freshTime(), clock);
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

  /**
   * From now on the layer's files are the caller's.
   *
   * @return bytes that are counted for them, and stay so until the caller knows better
   */
  synchronized long claim(LayerKey key) {
    Long bytes = closed.remove(key);
    return bytes == null ? 0 : bytes;
  }

  synchronized boolean isClosed(LayerKey key) {
    return closed.containsKey(key);
  }

  /** Closed layers of these are kept. */
  void pinned(Set<LayerKey> keys) {
    pinned = keys;
  }

  Set<LayerKey> pinned() {
    return pinned;
  }

  boolean isPinned(LayerKey key) {
    return pinned.contains(key);
  }

  /**
   * Bytes that may be written in the background: free room, and closed layers' which make way.
   *
   * @throws IOException if the file system doesn't say
   */
  long forBackground() throws IOException {
    long free = options.diskBytes() - used.get();
    long usable = files.usable(directory.root()) - options.diskReserveBytes();
    return Math.max(0, Math.min(free, usable) + closedBytes(false));
  }

  /** Bytes of closed layers that are pinned, or that are not. */
  synchronized long closedBytes(boolean ofPinned) {
    long bytes = 0;
    for (Map.Entry<LayerKey, Long> layer : closed.entrySet()) {
      bytes += pinned.contains(layer.getKey()) == ofPinned ? layer.getValue() : 0;
    }
    return bytes;
  }

  /** Deletes all closed layers that are not pinned; gives which, and their bytes. */
  synchronized Map<LayerKey, Long> deleteClosed() throws IOException {
    Map<LayerKey, Long> deleted = new LinkedHashMap<>();
    for (Map.Entry<LayerKey, Long> layer : List.copyOf(closed.entrySet())) {
      if (!pinned.contains(layer.getKey())) {
        directory.delete(layer.getKey());
        closed.remove(layer.getKey());
        charge(-layer.getValue());
        deleted.put(layer.getKey(), layer.getValue());
      }
    }
    return deleted;
  }

  // ---- the writer thread

  EvictionOrder order() {
    return order;
  }

  /**
   * Evicts until {@code bytes} more may be written; false if that can't be.
   *
   * @param lane who needs them: for the background only closed layers make way
   */
  boolean make(long bytes, Lane lane) {
    long over = used.get() + bytes - options.diskBytes();
    long lack;
    try {
      lack = options.diskReserveBytes() + bytes - files.usable(directory.root());
    } catch (IOException e) {
      health.note("make room", e);
      return false;
    }
    while (over > 0 || lack > 0) {
      long freed = evictOne(over > 0, lane);
      if (freed < 0) {
        return false;
      }
      over -= freed;
      lack -= freed;
    }
    return true;
  }

  /** Drops a closed layer or a chunk; returns the bytes freed, -1 if there is none to drop. */
  private long evictOne(boolean forBound, Lane lane) {
    long freed = deleteOldestClosed();
    if (freed >= 0) {
      counters.layersEvicted.increment();
      return freed;
    }
    if (lane == Lane.BACKGROUND) {
      return -1;
    }
    EvictionOrder.Victim victim;
    do {
      victim = order.next();
      if (victim == null) {
        return -1;
      }
    } while (!victim.layer().retain()); // being closed: its turn comes as a whole
    (forBound ? counters.diskEvictionsForBound : counters.diskEvictionsForReserve).increment();
    counters.evicted(victim.why()).increment();
    try {
      return erase(victim.layer(), victim.chunk());
    } finally {
      victim.layer().release();
    }
  }

  private synchronized long deleteOldestClosed() {
    for (Iterator<Map.Entry<LayerKey, Long>> all = closed.entrySet().iterator(); all.hasNext(); ) {
      Map.Entry<LayerKey, Long> layer = all.next();
      if (pinned.contains(layer.getKey())) {
        continue;
      }
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
