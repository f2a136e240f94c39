package dev.sluice.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Decompressed bytes of one chunk whose origin was verified. There is no other way to hand bytes to
 * the cache.
 *
 * <p>Off-heap and counted: whoever holds a chunk has retained it, and the last {@link #release}
 * frees the memory.
 */
public final class VerifiedChunk {
  private final Arena arena;
  private final MemorySegment bytes;
  private final AtomicInteger holders = new AtomicInteger(1);

  private VerifiedChunk(Arena arena, MemorySegment bytes) {
    this.arena = arena;
    this.bytes = bytes;
  }

  /** Fills {@code destination}, all of it, with bytes that it has verified, or throws. */
  @FunctionalInterface
  public interface Source<X extends Exception> {
    void verifyInto(MemorySegment destination) throws X;
  }

  /**
   * Makes a chunk of {@code length} bytes, owned once by the caller.
   *
   * @throws X what the source threw; the memory is freed
   */
  public static <X extends Exception> VerifiedChunk from(int length, Source<X> source) throws X {
    Arena arena = Arena.ofShared();
    boolean done = false;
    try {
      MemorySegment bytes = arena.allocate(Math.max(1, length), 64).asSlice(0, length);
      source.verifyInto(bytes);
      done = true;
      return new VerifiedChunk(arena, bytes.asReadOnly());
    } finally {
      if (!done) {
        arena.close();
      }
    }
  }

  /** The bytes, read-only, valid while the chunk is held. */
  public MemorySegment bytes() {
    return bytes;
  }

  public int length() {
    return (int) bytes.byteSize();
  }

  /** Holds the chunk once more; false if it is already freed. */
  public boolean retain() {
    int now;
    do {
      now = holders.get();
      if (now == 0) {
        return false;
      }
    } while (!holders.compareAndSet(now, now + 1));
    return true;
  }

  /** Lets go of the chunk once. */
  public void release() {
    int now = holders.decrementAndGet();
    if (now == 0) {
      arena.close();
    } else if (now < 0) {
      throw new IllegalStateException("chunk released more often than held");
    }
  }
}
