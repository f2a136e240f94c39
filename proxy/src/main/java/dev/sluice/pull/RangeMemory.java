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
  private final Staging staging;
  private final Deque<MemorySegment> free = new ArrayDeque<>();
  private final Map<Long, Arena> arenas = new HashMap<>();

  RangeMemory(int rangeBytes, Staging staging) {
    this.rangeBytes = rangeBytes;
    this.staging = staging;
  }

  /** What a range of that length takes. */
  long costOf(long length) {
    if (length > rangeBytes) {
      return 0;
    }
    return length <= SMALL_BYTES ? length : rangeBytes;
  }

  /**
   * @param length more than a range has is not memory, but a file of the staging directory
   * @throws dev.sluice.failure.SluiceException if there is no room for the file
   */
  synchronized MemorySegment take(long length) {
    if (length <= SMALL_BYTES) {
      return MemorySegment.ofArray(new byte[(int) length]);
    }
    if (length > rangeBytes) {
      Arena arena = Arena.ofShared();
      boolean made = false;
      try {
        MemorySegment file = SpoolFile.map(staging.file(), length, arena);
        arenas.put(file.address(), arena);
        made = true;
        return file;
      } finally {
        if (!made) {
          arena.close();
        }
      }
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
    if (memory.byteSize() > rangeBytes) {
      close(memory);
    } else if (memory.isNative()) {
      free.addFirst(memory);
    }
  }

  /** Gives what is not in use back to the system. */
  synchronized void trim() {
    free.forEach(this::close);
    free.clear();
  }

  private void close(MemorySegment memory) {
    Arena arena = arenas.remove(memory.address());
    if (arena != null) {
      arena.close();
    }
  }
}
