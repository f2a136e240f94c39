package dev.sluice.profile;

import dev.sluice.cache.ChunkMap;
import dev.sluice.layer.ReadWatcher;
import dev.sluice.prefetch.Bits;
import dev.sluice.prefetch.HintedLayer;
import dev.sluice.prefetch.ShownLayer;

/**
 * A layer in one run of its image. A read that meets nothing new costs a search for its span and
 * two or three tests of bits.
 */
final class WatchedLayer implements ReadWatcher {
  private final HintedLayer hints;
  private final ChunkMap map;
  private final FirstReads first;
  private final Bits spans;
  private final Bits files;

  /** Hears of what was not read before in this run. */
  @FunctionalInterface
  interface FirstReads {
    void read(WatchedLayer layer, int node, int firstSpan, int lastSpan);
  }

  WatchedLayer(ShownLayer layer, FirstReads first) {
    this.hints = new HintedLayer(layer);
    this.map = layer.bytes().map();
    this.first = first;
    this.spans = new Bits(map.count());
    this.files = new Bits(layer.tree().count());
  }

  HintedLayer hints() {
    return hints;
  }

  ShownLayer layer() {
    return hints.layer();
  }

  /** Spans that were read. */
  Bits spans() {
    return spans;
  }

  /** Files that were read, by their nodes. */
  Bits files() {
    return files;
  }

  void watch() {
    layer().watchers().add(this);
  }

  void unwatch() {
    layer().watchers().remove(this);
  }

  @Override
  public boolean read(int node, long at, int length) {
    int from = map.indexOf(at);
    int to = at + length <= map.end(from) ? from : map.indexOf(at + length - 1);
    boolean known = files.get(node);
    boolean planned = true;
    for (int span = from; span <= to; span++) {
      known &= spans.get(span);
      planned &= hints.isPlanned(span);
    }
    if (!known) {
      first.read(this, node, from, to);
    }
    return planned;
  }
}
