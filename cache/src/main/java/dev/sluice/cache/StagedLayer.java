package dev.sluice.cache;

import dev.sluice.cache.linux.SparseFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * A decompressed tar on its way into the cache, whole. Used by one thread; blocks on the disk.
 *
 * <p>The caller verifies the bytes before {@link #commit}. Closing it before that deletes it.
 */
public final class StagedLayer implements AutoCloseable {
  /** Chunks of a layer that has no index to say otherwise. */
  public static final int CHUNK_BYTES = 4 << 20;

  /** Divides {@link #CHUNK_BYTES}. */
  private static final int BUFFER_BYTES = 1 << 20;

  /** Room asked of the tier at a time. */
  private static final long ROOM_BYTES = 16L << 20;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** What turns the installed file into an open layer. */
  @FunctionalInterface
  interface Opener {
    LayerCache open(DiskLayer layer);
  }

  private final DiskTier tier;
  private final LayerKey key;
  private final Durability durability;
  private final Opener opener;
  private final Path path;
  private final SparseFile file;
  private final Slabs.Slab buffer = Slabs.SHARED.take(BUFFER_BYTES);
  private final List<Integer> crcs = new ArrayList<>();
  private final CRC32C whole = new CRC32C();
  private CRC32C chunk = new CRC32C();
  private int buffered;
  private long flushed;
  private long reserved;
  private boolean closed;

  StagedLayer(DiskTier tier, LayerKey key, Durability durability, Opener opener)
      throws IOException {
    this.tier = tier;
    this.key = key;
    this.durability = durability;
    this.opener = opener;
    this.path = tier.directory().newStaging();
    this.file = tier.createStaging(path);
  }

  /** Bytes taken so far. */
  public long size() {
    return flushed + buffered;
  }

  /** Takes the bytes that follow. */
  public void write(ByteBuffer bytes) throws IOException {
    write(MemorySegment.ofBuffer(bytes));
    bytes.position(bytes.limit());
  }

  /**
   * Takes the bytes that follow.
   *
   * @throws IOException if the disk fails or the tier has no room for them
   */
  public void write(MemorySegment bytes) throws IOException {
    checkOpen();
    long done = 0;
    while (done < bytes.byteSize()) {
      int n = (int) Math.min(BUFFER_BYTES - buffered, bytes.byteSize() - done);
      MemorySegment.copy(bytes, done, buffer.memory(), buffered, n);
      buffered += n;
      done += n;
      if (buffered == BUFFER_BYTES) {
        flush();
      }
    }
  }

  private void flush() throws IOException {
    if (flushed + buffered > reserved) {
      tier.reserve(ROOM_BYTES, PATIENCE);
      reserved += ROOM_BYTES;
    }
    MemorySegment part = buffer.memory().asSlice(0, buffered);
    file.write(flushed, part);
    chunk.update(part.asByteBuffer());
    whole.update(part.asByteBuffer());
    flushed += buffered;
    buffered = 0;
    if (flushed % CHUNK_BYTES == 0) {
      endChunk();
    }
  }

  private void endChunk() {
    if (crcs.size() * (long) CHUNK_BYTES < flushed) {
      crcs.add((int) chunk.getValue());
      chunk = new CRC32C();
    }
  }

  /** {@link #commit(ChunkMap)} in chunks of {@link #CHUNK_BYTES}: no byte is read again. */
  public LayerCache commit() throws IOException {
    return commit(ChunkMap.fixed(CHUNK_BYTES, size()));
  }

  /**
   * Makes the bytes a layer, which is open then, has no origin, and is not evicted while it is
   * open. The caller has verified all of them.
   *
   * @throws IllegalArgumentException if the map is of another size
   * @throws IOException if the disk fails, or leases of an earlier layer of this key are still out
   */
  public LayerCache commit(ChunkMap map) throws IOException {
    checkOpen();
    if (map.size() != size()) {
      throw new IllegalArgumentException(
          "adopt layer %s: %d bytes were written, its chunks have %d"
              .formatted(key, size(), map.size()));
    }
    flush();
    endChunk();
    List<JournalFormat.Entry> entries = entries(map);
    if (durability == Durability.SYNCED) {
      file.sync();
    }
    DiskLayer layer = tier.install(key, map, path, entries, reserved);
    reserved = 0;
    close();
    return opener.open(layer);
  }

  private List<JournalFormat.Entry> entries(ChunkMap map) throws IOException {
    List<Integer> found = crcs;
    if (!map.equals(ChunkMap.fixed(CHUNK_BYTES, flushed))) {
      // Other chunks than those counted on the way. What is read back must be what was written.
      if (DiskLayer.crcOf(file, 0, flushed) != (int) whole.getValue()) {
        throw new IOException("adopt layer %s: the disk gives other bytes back".formatted(key));
      }
      found = new ArrayList<>();
      for (int i = 0; i < map.count(); i++) {
        found.add(DiskLayer.crcOf(file, map.start(i), map.length(i)));
      }
    }
    List<JournalFormat.Entry> entries = new ArrayList<>();
    for (int i = 0; i < map.count(); i++) {
      entries.add(new JournalFormat.Entry(JournalFormat.Kind.PRESENT, i, found.get(i)));
    }
    return entries;
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("staged layer %s is closed".formatted(key));
    }
  }

  /** Deletes what was not committed. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    Slabs.SHARED.give(buffer);
    tier.room().charge(-reserved);
    try (file) {
      Files.deleteIfExists(path);
    }
  }
}
