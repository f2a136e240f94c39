package dev.sluice.layer;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import org.jspecify.annotations.Nullable;

/**
 * Notices how files of a layer are read and brings the chunks that will be read next. Kept for a
 * few readers at once; never goes beyond a file.
 */
final class ReadAhead {
  private static final int STREAMS = 16;

  private final LayerCache bytes;
  private final ChunkMap map;

  /** Guarded by this. */
  private final @Nullable ReadStream[] streams = new @Nullable ReadStream[STREAMS];

  /** Guarded by this: grows with each use of a stream. */
  private long uses;

  /** Whether a stream waits for its reader; read without the lock. */
  private volatile boolean ahead;

  ReadAhead(LayerCache bytes) {
    this.bytes = bytes;
    this.map = bytes.map();
  }

  /** Chunks to bring, both ends included. */
  record Chunks(int first, int last) {}

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
      ReadStream stream = near(node, first, last);
      if (stream != null) {
        wanted = stream.missed(first, last);
      } else {
        boolean known = knows(node);
        stream =
            new ReadStream(
                map, node, map.indexOf(fileStart), map.indexOf(fileEnd - 1), first, last);
        keep(stream);
        wanted = known ? stream.jumped() : stream.extend();
      }
      stream.used(++uses);
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
      int chunk = map.indexOf(at);
      ReadStream stream = near(node, chunk, chunk);
      if (stream == null) {
        return;
      }
      stream.used(++uses);
      wanted = stream.reached(chunk);
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

  private @Nullable ReadStream near(int node, int first, int last) {
    for (ReadStream stream : streams) {
      if (stream != null && stream.isNear(node, first, last)) {
        return stream;
      }
    }
    return null;
  }

  private boolean knows(int node) {
    for (ReadStream stream : streams) {
      if (stream != null && stream.node() == node) {
        return true;
      }
    }
    return false;
  }

  /** In a free place, or in that of the stream that was used longest ago. */
  private void keep(ReadStream stream) {
    int place = 0;
    for (int i = 0; i < STREAMS; i++) {
      ReadStream there = streams[i];
      if (there == null) {
        place = i;
        break;
      }
      ReadStream oldest = streams[place];
      if (oldest != null && there.lastUse() < oldest.lastUse()) {
        place = i;
      }
    }
    streams[place] = stream;
  }

  private boolean anyAhead() {
    for (ReadStream stream : streams) {
      if (stream != null && stream.isAhead()) {
        return true;
      }
    }
    return false;
  }
}
