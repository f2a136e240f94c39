package dev.sluice.pull;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** The native memory that ranges arrive in. It is used again, and given back when all is done. */
final class RangeMemory {
  /** Shorter ranges come into the heap. */
  private static final int SMALL_BYTES = 256 << 10;

  private final int rangeBytes;
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private final Map<Long, Arena> arenas = new HashMap<>();

  RangeMemory(int rangeBytes) {
    this.rangeBytes = rangeBytes;
  }

  /** What a range of that length takes. */
  long costOf(int length) {
    return length <= SMALL_BYTES ? length : rangeBytes;
  }

  synchronized MemorySegment take(int length) {
    if (length <= SMALL_BYTES) {
      return MemorySegment.ofArray(new byte[length]);
    }
    MemorySegment known = free.pollFirst();
    if (known != null) {
      return known;
    }
    Arena arena = Arena.ofShared();
    MemorySegment made = arena.allocate(rangeBytes);
    arenas.put(made.address(), arena);
    return made;
  }

  synchronized void give(MemorySegment memory) {
    if (memory.isNative()) {
      free.addFirst(memory);
    }
  }

  /** Gives what is not in use back to the system. */
  synchronized void trim() {
    for (MemorySegment memory : free) {
      Arena arena = arenas.remove(memory.address());
      if (arena != null) {
        arena.close();
      }
    }
    free.clear();
  }
}
