package dev.sluice.cache;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Decompressed bytes of one chunk whose origin was verified. There is no other way to hand bytes to
 * the cache.
 *
 * <p>Off-heap and counted: whoever holds a chunk has retained it, and the last {@link #release}
 * gives the memory back, for another chunk to use: bytes read after the last release are wrong.
 */
public final class VerifiedChunk {
  private final Slabs.Slab slab;
  private final MemorySegment bytes;
  private final AtomicInteger holders = new AtomicInteger(1);
  private @Nullable Runnable whenFreed;

  private VerifiedChunk(Slabs.Slab slab, MemorySegment bytes) {
    this.slab = slab;
    this.bytes = bytes;
  }

  /** Fills the chunk, all of it, with bytes that it has verified, or throws. */
  @FunctionalInterface
  public interface Source<X extends Exception> {
    /** The content of {@code room} is undefined before. */
    void verifyInto(MemorySegment room) throws X;
  }

  /**
   * Makes a chunk of {@code length} bytes, owned once by the caller.
   *
   * @throws X what the source threw; the memory is freed
   */
  public static <X extends Exception> VerifiedChunk from(int length, Source<X> source) throws X {
    return from(length, 0, source);
  }

  /**
   * As {@link #from(int, Source)}, with room for the source to work in.
   *
   * @param before bytes of room in front of the chunk, which are not part of it
   */
  public static <X extends Exception> VerifiedChunk from(int length, int before, Source<X> source)
      throws X {
    Slabs.Slab slab = Slabs.SHARED.take((long) before + length);
    boolean done = false;
    try {
      MemorySegment room = slab.memory().asSlice(0, (long) before + length);
      source.verifyInto(room);
      done = true;
      return new VerifiedChunk(slab, room.asSlice(before).asReadOnly());
    } finally {
      if (!done) {
        Slabs.SHARED.give(slab);
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

  /** Bytes of memory that the chunk takes, at least its length. */
  long footprint() {
    return slab.size();
  }

  /** Whether anybody holds the chunk. */
  boolean alive() {
    return holders.get() > 0;
  }

  /** Runs {@code action} after the last release; set by a holder, once. */
  void whenFreed(Runnable action) {
    whenFreed = action;
  }

  /** Holds the chunk once more; false if it is already freed. */
  public boolean retain() {
    int now;
    do {
      now = holders.get();
      if (now <= 0) {
        return false;
      }
    } while (!holders.compareAndSet(now, now + 1));
    return true;
  }

  /** Lets go of the chunk once. */
  public void release() {
    int now = holders.decrementAndGet();
    if (now == 0) {
      Runnable action = whenFreed;
      Slabs.SHARED.give(slab);
      if (action != null) {
        action.run();
      }
    } else if (now < 0) {
      throw new IllegalStateException("chunk released more often than held");
    }
  }
}
