package dev.sluice.layer;

import java.util.Arrays;

/** Who watches the reads of one layer; mostly nobody, which costs a read next to nothing. */
public final class LayerWatchers {
  private static final ReadWatcher[] NOBODY = {};

  private volatile ReadWatcher[] watchers = NOBODY;

  public synchronized void add(ReadWatcher watcher) {
    ReadWatcher[] more = Arrays.copyOf(watchers, watchers.length + 1);
    more[watchers.length] = watcher;
    watchers = more;
  }

  @SuppressWarnings("ReferenceEquality") // a watcher is itself and nobody else
  public synchronized void remove(ReadWatcher watcher) {
    watchers = Arrays.stream(watchers).filter(each -> each != watcher).toArray(ReadWatcher[]::new);
  }

  /** Tells all; whether one of them had planned the read. */
  boolean read(int node, long at, int length) {
    boolean planned = false;
    for (ReadWatcher watcher : watchers) {
      planned |= watcher.read(node, at, length);
    }
    return planned;
  }
}
