package dev.sluice.layer;

import dev.sluice.cache.ChunkMap;
import dev.sluice.layer.ReadAhead.Chunks;
import org.jspecify.annotations.Nullable;

/** One reader's way through a file, in chunks. Guarded by its {@link ReadAhead}. */
final class ReadStream {
  /*
   * A stream covers the chunks [low, next): read, or asked for. What it does about an access:
   *
   *   in it, before trigger     nothing
   *   in it, from trigger on    the reader has entered what was brought for it: twice as many follow,
   *                             up to MAX_BYTES. So the pipe stays full without a miss, and a reader
   *                             that stops early has cost as much again as it read, at most.
   *   at next                   the same
   *   a little beyond next      it skips, as page faults do: it goes on from there, half as deep
   *   a little before low       the second time: it reads backwards, and chunks below follow
   *   elsewhere                 a jump, and another stream (see ReadAhead), which at first brings
   *                             nothing: a reader that jumps about in a large file gets what it asks
   *                             for. But a file of few chunks in which a reader jumps is brought whole:
   *                             so do the loader and its page faults go through a shared library, and
   *                             each jump would cost a round trip.
   */
  private static final long MAX_BYTES = 32L << 20;
  private static final long MAX_BYTES_BACK = 8L << 20;
  private static final int FEW_CHUNKS = 8;
  private static final int NEAR = 2;
  private static final int NONE = Integer.MAX_VALUE;

  private final ChunkMap map;
  private final int node;

  /** Chunks of the file. */
  private final int first;

  private final int last;

  private int low;
  private int next;

  /** More is brought once the reader has reached this chunk. */
  private int trigger = NONE;

  private int depth;
  private int backDepth;
  private boolean broughtWhole;
  private long lastUse;

  /** A stream of a file of the chunks {@code first..last} that begins with {@code from..to}. */
  ReadStream(ChunkMap map, int node, int first, int last, int from, int to) {
    this.map = map;
    this.node = node;
    this.first = first;
    this.last = last;
    this.low = from;
    this.next = to + 1;
  }

  int node() {
    return node;
  }

  long lastUse() {
    return lastUse;
  }

  void used(long number) {
    lastUse = number;
  }

  /** Whether it waits for its reader. */
  boolean isAhead() {
    return trigger != NONE;
  }

  boolean isNear(int ofNode, int from, int to) {
    return ofNode == node && to >= low - NEAR && from <= next + NEAR;
  }

  /** The reader was answered in a chunk at once. */
  @Nullable Chunks reached(int chunk) {
    return chunk >= trigger && chunk < next ? extend() : null;
  }

  /** The reader had to wait for the chunks {@code from..to}, which are near. */
  @Nullable Chunks missed(int from, int to) {
    if (from > next && isSmall()) {
      return whole();
    }
    if (from < low) {
      low = from;
      return extendBack();
    }
    if (to < next) {
      return to >= trigger ? extend() : null;
    }
    depth = from > next ? depth / 2 : depth;
    next = to + 1;
    return extend();
  }

  /** The stream began with a jump. */
  @Nullable Chunks jumped() {
    return isSmall() ? whole() : null;
  }

  private boolean isSmall() {
    return !broughtWhole && last - first < FEW_CHUNKS;
  }

  private Chunks whole() {
    broughtWhole = true;
    low = first;
    next = last + 1;
    trigger = NONE;
    return new Chunks(first, last);
  }

  /** Moves over what is asked for now. */
  Chunks extend() {
    int from = next;
    int to = Math.min(last, from + Math.max(1, depth * 2) - 1);
    while (to > from && map.end(to) - map.start(from) > MAX_BYTES) {
      to--;
    }
    depth = Math.max(1, to - from + 1);
    next = Math.max(from, to + 1);
    trigger = next > last ? NONE : from;
    return new Chunks(from, to);
  }

  private @Nullable Chunks extendBack() {
    if (backDepth == 0) {
      backDepth = 1;
      return null;
    }
    int to = low - 1;
    int from = Math.max(first, to - backDepth + 1);
    while (from < to && map.end(to) - map.start(from) > MAX_BYTES_BACK) {
      from++;
    }
    backDepth = Math.max(1, (to - from + 1) * 2);
    low = Math.min(low, from);
    return new Chunks(from, to);
  }
}
