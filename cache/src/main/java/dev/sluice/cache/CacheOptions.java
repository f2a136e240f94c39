package dev.sluice.cache;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a cache is set up.
 *
 * @param directory owned by one process at a time; created if missing
 * @param memoryBytes bound of the memory tier; 0 switches it off. Chunks outside it (leased, or
 *     waiting for the disk) take at most about as much again plus {@code writeQueueBytes}
 * @param diskBytes bound of the disk tier; 0 switches it off, and deletes what it held
 * @param diskReserveBytes space that stays free on the file system
 * @param durability what is synced, and when
 * @param writeQueueBytes chunks that may wait for the disk; beyond it a chunk isn't written
 * @param originDeadline how long a fetch that somebody waits for may take
 * @param diskRetry pause after a disk error, doubled with each further one up to 64 times
 * @param closeDeadline how long {@link ChunkCache#close} may take
 * @param freshTime after a chunk's arrival, in which its uses count as one: a program that goes
 *     through it in small steps uses it once
 */
public record CacheOptions(
    Path directory,
    long memoryBytes,
    long diskBytes,
    long diskReserveBytes,
    Durability durability,
    long writeQueueBytes,
    Duration originDeadline,
    Duration diskRetry,
    Duration closeDeadline,
    Duration freshTime) {
  public static final long DEFAULT_MEMORY_BYTES = 128L << 20;
  public static final long DEFAULT_DISK_BYTES = 64L << 30;
  public static final long DEFAULT_DISK_RESERVE_BYTES = 2L << 30;
  public static final long DEFAULT_WRITE_QUEUE_BYTES = 64L << 20;
  public static final Duration DEFAULT_ORIGIN_DEADLINE = Duration.ofMinutes(2);
  public static final Duration DEFAULT_DISK_RETRY = Duration.ofSeconds(1);
  public static final Duration DEFAULT_CLOSE_DEADLINE = Duration.ofSeconds(10);
  public static final Duration DEFAULT_FRESH_TIME = Duration.ofSeconds(30);

  public CacheOptions {
    if (memoryBytes < 0 || diskBytes < 0 || diskReserveBytes < 0 || writeQueueBytes < 0) {
      throw new IllegalArgumentException("a cache size is negative");
    }
    if (!originDeadline.isPositive()
        || !diskRetry.isPositive()
        || closeDeadline.isNegative()
        || freshTime.isNegative()) {
      throw new IllegalArgumentException("a cache time limit is not positive");
    }
  }

  /** The defaults for a directory. */
  public static CacheOptions in(Path directory) {
    return new CacheOptions(
        directory,
        DEFAULT_MEMORY_BYTES,
        DEFAULT_DISK_BYTES,
        DEFAULT_DISK_RESERVE_BYTES,
        Durability.SYNCED,
        DEFAULT_WRITE_QUEUE_BYTES,
        DEFAULT_ORIGIN_DEADLINE,
        DEFAULT_DISK_RETRY,
        DEFAULT_CLOSE_DEADLINE,
        DEFAULT_FRESH_TIME);
  }

  public CacheOptions withMemoryBytes(long bytes) {
    return new CacheOptions(
        directory,
        bytes,
        diskBytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withDiskBytes(long bytes) {
    return new CacheOptions(
        directory,
        memoryBytes,
        bytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withDiskReserveBytes(long bytes) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        bytes,
        durability,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withDurability(Durability value) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        value,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withWriteQueueBytes(long bytes) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        durability,
        bytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withOriginDeadline(Duration value) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        value,
        diskRetry,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withDiskRetry(Duration value) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        originDeadline,
        value,
        closeDeadline,
        freshTime);
  }

  public CacheOptions withCloseDeadline(Duration value) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        value,
        freshTime);
  }

  public CacheOptions withFreshTime(Duration value) {
    return new CacheOptions(
        directory,
        memoryBytes,
        diskBytes,
        diskReserveBytes,
        durability,
        writeQueueBytes,
        originDeadline,
        diskRetry,
        closeDeadline,
        value);
  }
}
