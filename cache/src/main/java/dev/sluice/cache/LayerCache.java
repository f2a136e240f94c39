package dev.sluice.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
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

  /**
   * Brings the chunks {@code first..last} into the tiers; completes when all are in or failed.
   *
   * <p>In {@link Lane#BACKGROUND} they go to the disk only, past the memory tier, and only as far
   * as there is room: nothing is evicted for them but layers that nobody has open.
   */
  CompletableFuture<@Nullable Void> fill(int first, int last, Lane lane);

  /** Whether a tier has the chunk now. */
  boolean has(int chunk);

  /** Whether the disk tier has the chunk now. */
  boolean onDisk(int chunk);

  /** Whether the disk tier has the chunk, and somebody has read it since it came. */
  boolean wasRead(int chunk);

  /** Whether a reader has asked for bytes of the chunk since the layer was opened. */
  boolean touched(int chunk);

  /**
   * Whether all of the layer is on disk, and the whole tar once had the digest that it should have.
   */
  boolean complete();

  /**
   * Digests the layer's tar as it lies on disk, if all of it is there. If it is what it should be
   * the layer is {@link #complete} from then on, also after restarts; else all its chunks are
   * dropped from disk. Blocks on the disk, for as long as reading all of the layer takes.
   *
   * @param expected digest of the decompressed tar
   * @param goOn asked before each chunk; the check ends early when it says no
   * @throws IOException if the disk fails
   */
  TarCheck.Verdict check(MessageDigest digest, byte[] expected, BooleanSupplier goOn)
      throws IOException;

  /** Where the time went when its origin last brought a chunk; null if that is not known. */
  @Nullable FetchTimes times(int chunk);

  /**
   * The file with all of the tar of a {@link #complete} layer, for others to read as long as they
   * like. From now on, also after restarts, no chunk of it is evicted and nothing in it changes.
   * When the layer is closed the file may be deleted, which those who have it open need not mind.
   *
   * @return empty if the layer is not complete, or such layers take half of the disk tier already
   * @throws IOException if the disk fails
   */
  Optional<Path> seal() throws IOException;

  /** How readers of this layer are doing. */
  Demand demand();

  /** Decompressed bytes of this layer that the disk tier holds. */
  long bytesOnDisk();

  /** Lets go of the layer. Reads that wait fail; leases given out stay valid. */
  @Override
  void close();
}
