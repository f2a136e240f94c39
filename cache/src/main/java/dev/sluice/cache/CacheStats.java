package dev.sluice.cache;

/**
 * What a cache holds now and has done since it was opened. Counts are of chunks if not said
 * otherwise.
 *
 * @param memoryHits chunk reads answered from memory
 * @param diskHits chunk reads answered from disk
 * @param misses chunks asked of an origin
 * @param joins reads that waited for a chunk already asked for
 * @param fetches calls of an origin
 * @param fetchFailures chunks that an origin failed to bring
 * @param originFaults broken promises of an origin: a chunk twice, of a wrong length, outside the
 *     interval, too late, or a fetch that threw
 * @param memoryBytes bytes in the memory tier
 * @param outsideBytes bytes of chunks alive outside it: leased, or waiting for the disk
 * @param memoryEvictions chunks that the memory tier let go to stay in its bound
 * @param diskBytes bytes that the disk tier takes, in whole blocks
 * @param diskEvictionsForBound chunks dropped to keep the disk tier in its bound
 * @param diskEvictionsForReserve chunks dropped to keep the file system's reserve free
 * @param layersEvicted layers that nobody had open, dropped whole for either reason
 * @param corruptChunks chunks on disk whose checksum did not fit, or that could not be read
 * @param diskErrors failed calls of the file system
 * @param diskWrites chunks written to disk
 * @param writesDroppedQueue chunks not written because too many waited
 * @param writesDroppedSpace chunks not written because nothing could be evicted for them
 * @param writesDroppedDegraded chunks not written because the disk failed shortly before
 * @param writesDroppedBackground chunks fetched in the background and not written, as something
 *     else than a layer nobody uses would have had to go
 * @param evictedRead chunks dropped from open layers that had been read
 * @param evictedHinted chunks dropped that a hint had brought and nobody had read
 * @param evictedFilled chunks dropped that came in the background and nobody had read
 * @param pinnedBytes bytes of pinned layers on disk
 * @param diskDegraded whether the disk tier now takes no writes because of an error
 */
public record CacheStats(
    long memoryHits,
    long diskHits,
    long misses,
    long joins,
    long fetches,
    long fetchFailures,
    long originFaults,
    long memoryBytes,
    long outsideBytes,
    long memoryEvictions,
    long diskBytes,
    long diskEvictionsForBound,
    long diskEvictionsForReserve,
    long layersEvicted,
    long corruptChunks,
    long diskErrors,
    long diskWrites,
    long writesDroppedQueue,
    long writesDroppedSpace,
    long writesDroppedDegraded,
    long writesDroppedBackground,
    long evictedRead,
    long evictedHinted,
    long evictedFilled,
    long pinnedBytes,
    boolean diskDegraded) {
  static CacheStats of(Counters counters, MemoryTier memory, DiskTier disk) {
    return new CacheStats(
        counters.memoryHits.sum(),
        counters.diskHits.sum(),
        counters.misses.sum(),
        counters.joins.sum(),
        counters.fetches.sum(),
        counters.fetchFailures.sum(),
        counters.originFaults.sum(),
        memory.held(),
        memory.outside(),
        counters.memoryEvictions.sum(),
        disk.room().used(),
        counters.diskEvictionsForBound.sum(),
        counters.diskEvictionsForReserve.sum(),
        counters.layersEvicted.sum(),
        counters.corrupt.sum(),
        counters.diskErrors.sum(),
        counters.diskWrites.sum(),
        counters.writesDroppedQueue.sum(),
        counters.writesDroppedSpace.sum(),
        counters.writesDroppedDegraded.sum(),
        counters.writesDroppedBackground.sum(),
        counters.evictedRead.sum(),
        counters.evictedHinted.sum(),
        counters.evictedFilled.sum(),
        disk.pinnedBytes(),
        disk.degraded());
  }
}
