package dev.sluice.fetch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Off-heap memory for spans while they come, used again and again. */
final class SpanBuffers {
  /*
   * On the heap each span of a megabyte or two outlives some collections, and is copied by each. What is
   * given back may be used again, so only who has handed a span on for the last time may do it; memory
   * of transfers that fail is left to the garbage collector, as somebody may still write to it.
   */
  static final SpanBuffers SHARED = new SpanBuffers();

  /** What waits to be used again, at most. */
  private static final long IDLE_BYTES = 32L << 20;

  /** Sizes are rounded up to this, so that spans of nearly one size share memory. */
  private static final long GRAIN_BYTES = 256L << 10;

  private final List<MemorySegment> idle = new ArrayList<>();
  private long idleBytes;

  /** Memory of at least {@code length} bytes, whose content is undefined. */
  MemorySegment take(int length) {
    synchronized (this) {
      for (Iterator<MemorySegment> all = idle.iterator(); all.hasNext(); ) {
        MemorySegment memory = all.next();
        // Twice too long is a fair price, more is not.
        if (memory.byteSize() >= length && memory.byteSize() <= 2L * length + GRAIN_BYTES) {
          all.remove();
          idleBytes -= memory.byteSize();
          return memory;
        }
      }
    }
    long size = Math.max(1, (length + GRAIN_BYTES - 1) / GRAIN_BYTES) * GRAIN_BYTES;
    return Arena.ofAuto().allocate(length < GRAIN_BYTES ? Math.max(1, length) : size);
  }

  synchronized long idleBytes() {
    return idleBytes;
  }

  /** Gives back, whole, what {@link #take} gave; nobody may use it afterwards. */
  synchronized void give(MemorySegment memory) {
    if (memory.byteSize() >= GRAIN_BYTES && idleBytes + memory.byteSize() <= IDLE_BYTES) {
      idle.add(memory);
      idleBytes += memory.byteSize();
    }
  }
}
