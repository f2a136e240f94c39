package dev.sluice.control;

import dev.sluice.cache.CacheStats;

/**
 * The chunk cache: what it holds, and what it did since the service started.
 *
 * @param memoryBound bytes that the memory tier may hold
 * @param diskBound bytes that the disk tier may take
 */
public record CacheStatus(long memoryBound, long diskBound, CacheStats stats) {
  /** Chunk reads that needed no registry, of all; 1 if there was none. */
  public double hitRatio() {
    long hits = stats.memoryHits() + stats.diskHits();
    long all = hits + stats.misses() + stats.joins();
    return all == 0 ? 1 : (double) hits / all;
  }

  /** Chunks that the disk tier dropped, for its bound or the file system's reserve. */
  public long diskEvictions() {
    return stats.diskEvictionsForBound() + stats.diskEvictionsForReserve();
  }
}
