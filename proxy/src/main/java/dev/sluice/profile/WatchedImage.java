package dev.sluice.profile;

import dev.sluice.cache.LayerCache;
import dev.sluice.oci.Digest;
import dev.sluice.prefetch.Hint;
import dev.sluice.prefetch.HintedLayer;
import dev.sluice.prefetch.Replay;
import dev.sluice.prefetch.ShownLayer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** An image some of whose lazy layers are shown: what hints say of it, and its runs. */
final class WatchedImage {
  private final RunImage image;

  // Guarded by this.
  private final Map<Long, ShownLayer> layers = new HashMap<>();
  private final Map<LayerCache, ShownLayer> expected = new HashMap<>();
  private final Map<HintSource, Map<Digest, List<Replay.Turn>>> hints =
      new EnumMap<>(HintSource.class);
  private boolean asked;
  private ImageRun run;

  /**
   * @param runs makes a run; the flag says whether it is the first
   */
  WatchedImage(RunImage image, BiFunction<WatchedImage, Boolean, ImageRun> runs) {
    this.image = image;
    this.run = runs.apply(this, true);
  }

  Digest manifest() {
    return image.manifest();
  }

  String reference() {
    return image.reference();
  }

  /** Whether a user's words mean it: as {@link Profile#isOf}. */
  boolean isCalled(String text) {
    return Profile.isCalled(image.manifest(), image.reference(), text);
  }

  RunImage image() {
    return image;
  }

  /** Whether all layers that will be shown are. */
  synchronized boolean isComplete() {
    return image.lazyLayers() > 0 && layers.size() >= image.lazyLayers();
  }

  synchronized ImageRun run() {
    return run;
  }

  /** Whether nobody has asked for its hints yet; they are to be looked for then. */
  synchronized boolean wantsHints() {
    boolean wants = !asked;
    asked = true;
    return wants;
  }

  synchronized boolean hasHints() {
    return !hints.isEmpty();
  }

  /** A layer is open and will be shown; what hints say of it is fetched already. */
  void expect(ShownLayer layer) {
    ImageRun now;
    WatchedLayer watched;
    synchronized (this) {
      expected.put(layer.bytes(), layer);
      now = run;
      watched = now.expect(layer);
    }
    feed(now, watched);
  }

  /** An expected layer will not be shown; whether no layer is left. */
  boolean giveUp(LayerCache bytes) {
    ImageRun now;
    boolean empty;
    synchronized (this) {
      expected.remove(bytes);
      empty = isEmpty();
      now = run;
    }
    now.giveUp(bytes);
    return empty;
  }

  synchronized boolean expects(LayerCache bytes) {
    return expected.containsKey(bytes);
  }

  private boolean isEmpty() {
    return layers.isEmpty() && expected.isEmpty();
  }

  /** Does nothing if the layer is shown already. */
  void show(long key, ShownLayer layer) {
    ImageRun now;
    WatchedLayer watched;
    synchronized (this) {
      if (layers.putIfAbsent(key, layer) != null) {
        return;
      }
      expected.remove(layer.bytes());
      now = run;
      watched = now.add(key, layer);
    }
    feed(now, watched);
  }

  /** Whether no layer is left. */
  boolean hide(long key) {
    ImageRun now;
    boolean empty;
    synchronized (this) {
      layers.remove(key);
      empty = isEmpty();
      now = run;
    }
    now.remove(key);
    return empty;
  }

  synchronized boolean holds(long key) {
    return layers.containsKey(key);
  }

  /** Whether a layer is the topmost of those that are shown. */
  synchronized boolean isTop(long key) {
    ShownLayer layer = layers.get(key);
    return layer != null
        && layers.values().stream().allMatch(each -> each.place() <= layer.place());
  }

  synchronized List<ShownLayer> layers() {
    return layers.values().stream().sorted(Comparator.comparingInt(ShownLayer::place)).toList();
  }

  /** Hints of one source, in its order; replaces what it said before. */
  void hint(HintSource source, List<Hint> all) {
    Map<Digest, List<Replay.Turn>> byLayer = new HashMap<>();
    for (int turn = 0; turn < all.size(); turn++) {
      Hint hint = all.get(turn);
      byLayer
          .computeIfAbsent(hint.layer(), _ -> new ArrayList<>())
          .add(new Replay.Turn(hint, turn));
    }
    ImageRun now;
    synchronized (this) {
      if (byLayer.isEmpty()) {
        hints.remove(source);
      } else {
        hints.put(source, byLayer);
      }
      now = run;
    }
    now.layers().forEach(layer -> feed(now, layer));
  }

  /** Begins another run if the last one has ended; null if it has not. */
  @Nullable ImageRun restart(BiFunction<WatchedImage, Boolean, ImageRun> runs) {
    ImageRun next;
    List<WatchedLayer> watched = new ArrayList<>();
    synchronized (this) {
      if (run.state() != ImageRun.State.ENDED) {
        return null;
      }
      next = runs.apply(this, false);
      run = next;
      layers.forEach((key, layer) -> watched.add(next.add(key, layer)));
      expected.values().forEach(layer -> watched.add(next.expect(layer)));
    }
    watched.forEach(layer -> feed(next, layer));
    return next;
  }

  private void feed(ImageRun now, WatchedLayer watched) {
    HintedLayer layer = watched.hints();
    Map<HintSource, List<Replay.Turn>> turns = new EnumMap<>(HintSource.class);
    synchronized (this) {
      hints.forEach((source, byLayer) ->
          turns.put(source, byLayer.getOrDefault(layer.layer().digest(), List.of())));
    }
    turns.forEach((source, of) -> now.replay().add(layer, source.rank(), of));
  }
}
