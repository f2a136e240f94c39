package dev.sluice.layer;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import org.jspecify.annotations.Nullable;

/**
 * Notices how files of a layer are read and brings the chunks that will be read next. Kept for a
 * few files at once; never goes beyond a file.
 */
final class ReadAhead {
  /*
   * A stream begins with the first miss in a file, and the chunk that follows is asked for too. Each
   * time the reader enters what was brought for it, twice as many chunks follow, up to MAX_BYTES. So
   * the pipe stays full without a miss, and a reader that stops early has cost as much again as it
   * read, at most. A jump ends that: a reader of a large file that jumps about gets what it asks for.
   * But a file of few chunks in which a reader jumps is brought whole: so do the loader and its page
   * faults go through a shared library, and each jump would cost a round trip.
   */
  private static final int STREAMS = 4;
  private static final long MAX_BYTES = 32L << 20;
  private static final int FEW_CHUNKS = 8;

  private final LayerCache bytes;
  private final ChunkMap map;

  /** Guarded by this. */
  private final @Nullable Stream[] streams = new @Nullable Stream[STREAMS];

  /** Guarded by this: which stream a new file replaces. */
  private int oldest;

  /** Whether a stream waits for its reader; read without the lock. */
  private volatile boolean ahead;

  ReadAhead(LayerCache bytes) {
    this.bytes = bytes;
    this.map = bytes.map();
  }

  /** Chunks to bring, both ends included. */
  private record Chunks(int first, int last) {}

  /** A file that is being read; its chunks are {@code first..last}. */
  private static final class Stream {
    private static final int NONE = Integer.MAX_VALUE;

    private final int node;
    private final int first;
    private final int last;

    /** First chunk behind all that the reader or the reading ahead has asked for. */
    private int next;

    /** More is brought once the reader has reached this chunk. */
    private int trigger = NONE;

    private int depth;
    private boolean broughtWhole;

    Stream(int node, int first, int last, int next) {
      this.node = node;
      this.first = first;
      this.last = last;
      this.next = next;
    }

    /** Moves over what is asked for now. */
    Chunks extend(ChunkMap map) {
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

    @Nullable Chunks jump(int to) {
      next = to;
      depth = 0;
      trigger = NONE;
      if (broughtWhole || last - first >= FEW_CHUNKS) {
        return null;
      }
      broughtWhole = true;
      return new Chunks(first, last);
    }
  }

  /**
   * A read that had to wait.
   *
   * @param at offset in the tar, as are the file's bounds {@code [fileStart, fileEnd)}
   */
  void missed(int node, long at, int length, long fileStart, long fileEnd) {
    int first = map.indexOf(at);
    int last = map.indexOf(at + length - 1);
    Chunks wanted;
    synchronized (this) {
      Stream stream = find(node);
      if (stream == null) {
        stream = new Stream(node, map.indexOf(fileStart), map.indexOf(fileEnd - 1), last + 1);
        streams[oldest] = stream;
        oldest = (oldest + 1) % STREAMS;
        wanted = stream.extend(map);
      } else if (first > stream.next || last < stream.next - 1 - stream.depth) {
        wanted = stream.jump(last + 1);
      } else if (last >= stream.next) {
        stream.next = last + 1;
        wanted = stream.extend(map);
      } else {
        // Another reader of a chunk that is on its way already.
        wanted = null;
      }
      ahead = anyAhead();
    }
    fill(wanted);
  }

  /** A read that was answered at once. */
  void hit(int node, long at) {
    if (!ahead) {
      return;
    }
    Chunks wanted;
    synchronized (this) {
      Stream stream = find(node);
      if (stream == null || stream.trigger == Stream.NONE) {
        return;
      }
      int chunk = map.indexOf(at);
      if (chunk < stream.trigger || chunk >= stream.next) {
        return;
      }
      wanted = stream.extend(map);
      ahead = anyAhead();
    }
    fill(wanted);
  }

  private void fill(@Nullable Chunks wanted) {
    if (wanted != null && wanted.first <= wanted.last) {
      // Nobody waits for it: a failure shows when the reader gets there.
      var _ = bytes.fill(wanted.first, wanted.last, Lane.HINT);
    }
  }

  private @Nullable Stream find(int node) {
    for (Stream stream : streams) {
      if (stream != null && stream.node == node) {
        return stream;
      }
    }
    return null;
  }

  private boolean anyAhead() {
    for (Stream stream : streams) {
      if (stream != null && stream.trigger != Stream.NONE) {
        return true;
      }
    }
    return false;
  }
}
