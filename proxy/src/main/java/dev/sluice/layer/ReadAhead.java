package dev.sluice.layer;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.Lane;
import dev.sluice.cache.LayerCache;
import org.jspecify.annotations.Nullable;

/**
 * Notices that files of a layer are read front to back and brings the chunks that come next.
 *
 * <p>Kept for a few files at once. A jump ends the reading ahead; it never goes beyond the file.
 */
final class ReadAhead {
  /*
   * A stream begins with the first miss in a file. A miss in the chunk that follows makes it
   * sequential: the chunk after that is asked for, then twice as many each time the reader enters
   * what was brought for it, up to MAX_BYTES. So the pipe stays full without a miss, and a reader
   * that stops early has cost as much again as it read, at most.
   */
  private static final int STREAMS = 4;
  private static final long MAX_BYTES = 32L << 20;

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

  /** A file that is being read. */
  private static final class Stream {
    private final int node;
    private final int lastOfFile;

    /** First chunk that neither the reader nor the reading ahead has asked for. */
    private int next;

    /** The reader is there once it has reached this chunk; then more is brought. */
    private int trigger = Integer.MAX_VALUE;

    private int depth;

    Stream(int node, int next, int lastOfFile) {
      this.node = node;
      this.next = next;
      this.lastOfFile = lastOfFile;
    }
  }

  /** A read that had to wait. Offsets are in the tar; {@code fileEnd} is exclusive. */
  void missed(int node, long at, int length, long fileEnd) {
    int first = map.indexOf(at);
    int last = map.indexOf(at + length - 1);
    int from;
    int to;
    synchronized (this) {
      Stream stream = find(node);
      if (stream == null || first > stream.next || last < stream.next - 1 - stream.depth) {
        begin(new Stream(node, last + 1, map.indexOf(fileEnd - 1)), stream);
        return;
      }
      if (last < stream.next) {
        // Another reader of a chunk that is on its way already.
        return;
      }
      stream.next = last + 1;
      from = stream.next;
      to = extend(stream);
    }
    fill(from, to);
  }

  /** A read that was answered at once. */
  void hit(int node, long at) {
    if (!ahead) {
      return;
    }
    int from;
    int to;
    synchronized (this) {
      Stream stream = find(node);
      if (stream == null || stream.trigger == Integer.MAX_VALUE) {
        return;
      }
      int chunk = map.indexOf(at);
      if (chunk < stream.trigger || chunk >= stream.next) {
        return;
      }
      from = stream.next;
      to = extend(stream);
    }
    fill(from, to);
  }

  /** Moves the stream over what is asked for now; gives the last chunk of it. */
  private int extend(Stream stream) {
    int from = stream.next;
    stream.depth = Math.max(1, stream.depth * 2);
    int to = Math.min(stream.lastOfFile, from + stream.depth - 1);
    while (to > from && map.end(to) - map.start(from) > MAX_BYTES) {
      to--;
    }
    stream.depth = Math.max(1, to - from + 1);
    stream.next = Math.max(from, to + 1);
    stream.trigger = stream.next > stream.lastOfFile ? Integer.MAX_VALUE : from;
    ahead = anyAhead();
    return to;
  }

  private void fill(int from, int to) {
    if (from <= to) {
      // Nobody waits for it: a failure shows when the reader gets there.
      var _ = bytes.fill(from, to, Lane.HINT);
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

  private void begin(Stream stream, @Nullable Stream instead) {
    for (int i = 0; i < STREAMS; i++) {
      if (instead != null && streams[i] == instead) {
        streams[i] = stream;
        ahead = anyAhead();
        return;
      }
    }
    streams[oldest] = stream;
    oldest = (oldest + 1) % STREAMS;
    ahead = anyAhead();
  }

  private boolean anyAhead() {
    for (Stream stream : streams) {
      if (stream != null && stream.trigger != Integer.MAX_VALUE) {
        return true;
      }
    }
    return false;
  }
}
