package dev.sluice.cache;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The bytes of one open layer: tiers first, then the origin, once for all who wait. */
public interface LayerCache extends AutoCloseable {
  LayerKey key();

  ChunkMap map();

  /**
   * The bytes {@code [offset, offset + length)} if the tiers have all of them, without any network
   * request or thread hop; else null. The interval must lie inside the layer.
   *
   * <p>Reads a chunk that an earlier process has written from its file, once, to check it.
   */
  @Nullable Lease tryRead(long offset, int length);

  /**
   * The bytes {@code [offset, offset + length)}, fetched where they are missing. Completes on the
   * thread that had the last missing chunk, exceptionally with the origin's cause. If the future is
   * cancelled the bytes stay in the cache.
   *
   * <p>Until the lease is closed it may hold as much memory as the chunks that it touches.
   */
  CompletableFuture<Lease> read(long offset, int length, Lane lane);

  /** Brings the chunks {@code first..last} into the tiers; completes when all are in or failed. */
  CompletableFuture<@Nullable Void> fill(int first, int last, Lane lane);

  /** Whether a tier has the chunk now. */
  boolean has(int chunk);

  /** Decompressed bytes of this layer that the disk tier holds. */
  long bytesOnDisk();

  /** Lets go of the layer. Reads that wait fail; leases given out stay valid. */
  @Override
  void close();
}
