package dev.sluice.cache;

import java.util.Arrays;

/**
 * Where each chunk of a layer starts in the decompressed tar.
 *
 * <p>Chunk {@code i} covers {@code [start(i), end(i))}; chunks are not empty, touch each other,
 * start at 0 and end at {@link #size}.
 */
public final class ChunkMap {
  private final long[] starts;
  private final long size;

  private ChunkMap(long[] starts, long size) {
    this.starts = starts;
    this.size = size;
  }

  /**
   * @param starts first byte of each chunk, strictly increasing, {@code starts[0] == 0}
   * @param size length of the decompressed tar in bytes, greater than the last start (0 if there
   *     are no chunks)
   * @throws IllegalArgumentException if the starts do not describe such chunks
   */
  public static ChunkMap of(long[] starts, long size) {
    long[] copy = starts.clone();
    if (copy.length == 0 ? size != 0 : copy[0] != 0) {
      throw new IllegalArgumentException(
          "chunks do not start at offset 0 or do not cover the layer");
    }
    for (int i = 0; i < copy.length; i++) {
      long end = i + 1 < copy.length ? copy[i + 1] : size;
      if (end <= copy[i] || end - copy[i] > Integer.MAX_VALUE - 8) {
        throw new IllegalArgumentException(
            "chunk %d covers [%d, %d): empty, backwards or above 2 GiB".formatted(i, copy[i], end));
      }
    }
    return new ChunkMap(copy, size);
  }

  /** Chunks of {@code chunkSize} bytes; the last may be shorter. */
  public static ChunkMap fixed(int chunkSize, long size) {
    long count = (size + chunkSize - 1) / chunkSize;
    long[] starts = new long[Math.toIntExact(count)];
    for (int i = 0; i < starts.length; i++) {
      starts[i] = (long) i * chunkSize;
    }
    return of(starts, size);
  }

  public int count() {
    return starts.length;
  }

  /** Length of the decompressed tar in bytes. */
  public long size() {
    return size;
  }

  public long start(int chunk) {
    return starts[chunk];
  }

  public long end(int chunk) {
    return chunk + 1 < starts.length ? starts[chunk + 1] : size;
  }

  public int length(int chunk) {
    return (int) (end(chunk) - starts[chunk]);
  }

  /** The longest chunk in bytes, 0 if there is none. */
  public int longest() {
    int longest = 0;
    for (int i = 0; i < starts.length; i++) {
      longest = Math.max(longest, length(i));
    }
    return longest;
  }

  /** The chunk that holds byte {@code offset}, which must lie in {@code [0, size)}. */
  public int indexOf(long offset) {
    if (offset < 0 || offset >= size) {
      throw new IndexOutOfBoundsException("offset " + offset + " outside a layer of " + size);
    }
    int found = Arrays.binarySearch(starts, offset);
    return found >= 0 ? found : -found - 2;
  }

  /** The same chunks of the same layer. */
  @Override
  public boolean equals(Object other) {
    return other instanceof ChunkMap map && map.size == size && Arrays.equals(map.starts, starts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(starts) * 31 + Long.hashCode(size);
  }

  @Override
  public String toString() {
    return "%d chunks over %d bytes".formatted(starts.length, size);
  }
}
