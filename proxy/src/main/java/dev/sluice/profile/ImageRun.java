package dev.sluice.profile;

import dev.sluice.cache.ChunkMap;
import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;
import dev.sluice.prefetch.HintCounters;
import dev.sluice.prefetch.Replay;
import dev.sluice.prefetch.ShownLayer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One run of an image: what is read for the first time is noted, in order, until the container is
 * ready; meanwhile what hints say is brought.
 */
final class ImageRun {
  private static final Duration LONGEST_HELD = Duration.ofHours(1);

  private final boolean whole;
  private final Replay replay;
  private final Runnable begun;

  // Guarded by this.
  private final Map<Long, WatchedLayer> layers = new HashMap<>();
  private final Map<LayerCache, WatchedLayer> expected = new HashMap<>();
  private final List<FirstRead> reads = new ArrayList<>();
  private State state = State.WAITING;
  private long begin;
  private long lastNew;
  private boolean asked;
  private boolean held;

  /** Where a run stands. */
  enum State {
    /** Nothing was read yet. */
    WAITING,
    RUNNING,
    /** The container is ready, or the recording is full. */
    ENDED
  }

  /** A span of a file that was not read before. */
  private record FirstRead(WatchedLayer layer, int node, int span, long millis) {}

  /** A file of a layer, to find its path once. */
  private record FileOf(ShownLayer layer, int node) {}

  /**
   * @param whole whether the kernel knows nothing of the layers yet, so that all reads come here
   * @param begun called at the first read, once
   */
  ImageRun(boolean whole, Replay replay, Runnable begun) {
    this.whole = whole;
    this.replay = replay;
    this.begun = begun;
  }

  Replay replay() {
    return replay;
  }

  boolean isWhole() {
    return whole;
  }

  synchronized State state() {
    return state;
  }

  /** A layer will be added soon. */
  synchronized WatchedLayer expect(ShownLayer layer) {
    return expected.computeIfAbsent(layer.bytes(), _ -> new WatchedLayer(layer, this::firstRead));
  }

  /** An expected layer will not be added; nothing happens if it was. */
  void giveUp(LayerCache bytes) {
    WatchedLayer layer;
    synchronized (this) {
      layer = expected.remove(bytes);
    }
    if (layer != null) {
      replay.remove(layer.hints());
    }
  }

  synchronized WatchedLayer add(long key, ShownLayer shown) {
    WatchedLayer known = expected.remove(shown.bytes());
    WatchedLayer layer = known == null ? new WatchedLayer(shown, this::firstRead) : known;
    layers.put(key, layer);
    if (state != State.ENDED) {
      layer.watch();
    }
    return layer;
  }

  void remove(long key) {
    WatchedLayer layer;
    synchronized (this) {
      layer = layers.get(key);
    }
    if (layer != null) {
      layer.unwatch();
      replay.remove(layer.hints());
    }
  }

  synchronized @Nullable WatchedLayer layer(long key) {
    return layers.get(key);
  }

  /** Those that are expected included. */
  synchronized List<WatchedLayer> layers() {
    List<WatchedLayer> all = new ArrayList<>(layers.values());
    all.addAll(expected.values());
    return all;
  }

  private void firstRead(WatchedLayer layer, int node, int firstSpan, int lastSpan) {
    boolean first;
    synchronized (this) {
      if (state == State.ENDED) {
        return;
      }
      long now = System.nanoTime();
      first = state == State.WAITING;
      if (first) {
        state = State.RUNNING;
        begin = now;
        lastNew = now;
      }
      long millis = (now - begin) / 1_000_000;
      int before = reads.size();
      for (int span = firstSpan; span <= lastSpan; span++) {
        if (layer.spans().set(span)) {
          reads.add(new FirstRead(layer, node, span, millis));
        }
      }
      if (layer.files().set(node) && reads.size() == before) {
        reads.add(new FirstRead(layer, node, firstSpan, millis));
      }
      if (reads.size() > before) {
        lastNew = now;
      }
    }
    if (first) {
      begun.run();
    }
  }

  /**
   * Somebody asks for this recording.
   *
   * @param hold it goes on until {@link #end}, or an hour
   */
  synchronized void ask(boolean hold) {
    asked = true;
    held = hold;
  }

  /** Whether somebody asked for it; else it is kept only if runs are recorded anyway. */
  synchronized boolean isAsked() {
    return asked;
  }

  synchronized long noted() {
    return reads.size();
  }

  /** Whether the container counts as ready: nothing new for a while, or long enough altogether. */
  synchronized boolean isReady(Duration quiet, Duration longest) {
    long now = System.nanoTime();
    return state == State.RUNNING
        && ((!held && now - lastNew >= quiet.toNanos())
            || now - begin >= (held ? LONGEST_HELD : longest).toNanos()
            || reads.size() >= Profile.MOST_ENTRIES);
  }

  /** Stops watching; false if it was ended before. */
  boolean end() {
    synchronized (this) {
      if (state == State.ENDED) {
        return false;
      }
      state = State.ENDED;
    }
    layers().forEach(WatchedLayer::unwatch);
    return true;
  }

  /** What became of what hints brought. */
  void judge(HintCounters counters) {
    long used = 0;
    long wasted = 0;
    for (WatchedLayer layer : layers()) {
      used += layer.hints().broughtBytes(layer.spans(), true);
      wasted += layer.hints().broughtBytes(layer.spans(), false);
    }
    counters.judged(used, wasted);
  }

  /** What was read, in the order of the first reads. */
  List<ProfileEntry> entries() {
    List<FirstRead> all;
    synchronized (this) {
      all = List.copyOf(reads);
    }
    Map<FileOf, String> paths = paths(all);
    Set<ProfileEntry.Key> known = new HashSet<>();
    List<ProfileEntry> entries = new ArrayList<>();
    for (FirstRead read : all) {
      ShownLayer layer = read.layer.layer();
      LayerTree tree = layer.tree();
      ChunkMap map = layer.bytes().map();
      long file = tree.dataOffset(read.node);
      long from = Math.max(file, map.start(read.span));
      long to = Math.min(file + tree.size(read.node), map.end(read.span));
      if (from < to) {
        ProfileEntry entry =
            new ProfileEntry(
                layer.digest(),
                paths.getOrDefault(new FileOf(layer, read.node), ""),
                file,
                from,
                to,
                1,
                List.of(read.millis));
        if (known.add(entry.key())) {
          entries.add(entry);
        }
      }
    }
    return entries;
  }

  private static Map<FileOf, String> paths(List<FirstRead> reads) {
    Map<ShownLayer, BitSet> nodes = new HashMap<>();
    for (FirstRead read : reads) {
      nodes.computeIfAbsent(read.layer.layer(), _ -> new BitSet()).set(read.node);
    }
    Map<FileOf, String> paths = new HashMap<>();
    nodes.forEach((layer, wanted) ->
        layer
            .tree()
            .paths(wanted)
            .forEach((node, path) -> paths.put(new FileOf(layer, node), path)));
    return paths;
  }
}
