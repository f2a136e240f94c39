package dev.sluice.fill;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerCache;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** In which order the missing chunks of a layer are brought. One thread at a time. */
final class FillOrder {
  /*
   * Files that belong together lie together in a tar. So first what follows chunks that were read,
   * and what precedes them; then the rest from the front.
   */
  private static final int AFTER = 4;

  /** Chunks to bring, both ends included. */
  record Step(int first, int last, long bytes) {}

  private final LayerCache layer;
  private final long stepBytes;

  /** Chunks that are on their way. */
  private final BitSet underWay = new BitSet();

  /**
   * @param stepBytes unpacked bytes brought at a time, but a chunk at least
   */
  FillOrder(LayerCache layer, long stepBytes) {
    this.layer = layer;
    this.stepBytes = stepBytes;
  }

  /**
   * What to bring next; null if all is here or on its way. The caller says when it is {@link
   * #done}.
   */
  @Nullable Step next() {
    int chunks = layer.map().count();
    int nearest = -1;
    int any = -1;
    int sinceRead = AFTER + 1;
    for (int chunk = 0; chunk < chunks && nearest < 0; chunk++) {
      if (layer.wasRead(chunk)) {
        sinceRead = 0;
      } else {
        sinceRead++;
        if (isMissing(chunk)) {
          any = any < 0 ? chunk : any;
          boolean near = sinceRead <= AFTER || (chunk + 1 < chunks && layer.wasRead(chunk + 1));
          nearest = near ? chunk : -1;
        }
      }
    }
    int first = nearest >= 0 ? nearest : any;
    return first < 0 ? null : stepFrom(first, nearest >= 0);
  }

  private Step stepFrom(int first, boolean near) {
    ChunkMap map = layer.map();
    int last = first;
    while (last + 1 < map.count()
        && isMissing(last + 1)
        && map.end(last + 1) - map.start(first) <= stepBytes
        && !(near && last + 1 - first >= AFTER)) {
      last++;
    }
    underWay.set(first, last + 1);
    return new Step(first, last, map.end(last) - map.start(first));
  }

  private boolean isMissing(int chunk) {
    return !underWay.get(chunk) && !layer.onDisk(chunk);
  }

  void done(Step step) {
    underWay.clear(step.first(), step.last() + 1);
  }

  /** Whether all of a step is on disk. */
  boolean arrived(Step step) {
    for (int chunk = step.first(); chunk <= step.last(); chunk++) {
      if (!layer.onDisk(chunk)) {
        return false;
      }
    }
    return true;
  }
}
