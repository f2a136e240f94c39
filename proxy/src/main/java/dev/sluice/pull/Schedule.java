package dev.sluice.pull;

import dev.sluice.failure.SluiceException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Decides which layer is unpacked next and which range is asked for next, within the limits. */
final class Schedule {
  /*
   * Connections go to the layers that are being unpacked, first to the one that has the least
   * ahead of its reader; then to those that wait, in their order, so that the pipe is always full.
   *
   * Memory: each layer in work may have two ranges, always; these are set aside from the bound. All
   * other ranges share the rest. So layers that wait can never take the memory without which those
   * in work would not go on.
   */
  private final PullOptions options;
  private final RangeMemory memory;
  private final Consumer<LayerPull> unpack;
  private final long shared;

  // Guarded by this.
  private final List<LayerPull> waiting = new ArrayList<>();
  private final List<LayerPull> inWork = new ArrayList<>();
  private int connections;
  private long sharedUsed;
  private long used;
  private long mostUsed;

  /**
   * @param unpack starts a layer's unpacking, without blocking
   */
  Schedule(PullOptions options, Staging staging, Consumer<LayerPull> unpack) {
    this.options = options;
    this.unpack = unpack;
    memory = new RangeMemory(options.rangeBytes(), staging);
    shared =
        options.memoryBytes()
            - (long) options.rangeBytes() * PullOptions.GUARANTEED_RANGES * options.unpacks();
  }

  void add(List<LayerPull> layers) {
    synchronized (this) {
      waiting.addAll(layers);
    }
    pump();
  }

  /** The layer is unpacked, failed or not wanted any more. */
  void remove(LayerPull layer) {
    synchronized (this) {
      waiting.remove(layer);
      inWork.remove(layer);
    }
    pump();
  }

  /** Nobody will touch the range any more. */
  void consumed(LayerPull layer, Range range) {
    memory.give(range.memory());
    synchronized (this) {
      used -= range.cost;
      if (range.guaranteed) {
        layer.guaranteedRanges--;
      } else {
        sharedUsed -= range.cost;
      }
      if (waiting.isEmpty() && inWork.isEmpty()) {
        memory.trim();
      }
    }
    pump();
  }

  /** Starts what may be started now. */
  private void pump() {
    List<Runnable> starts = new ArrayList<>();
    synchronized (this) {
      for (LayerPull next = nextUnpack(); next != null; next = nextUnpack()) {
        LayerPull layer = next;
        waiting.remove(layer);
        inWork.add(layer);
        starts.add(() -> unpack.accept(layer));
      }
      while (connections < options.connections()) {
        LayerPull layer = nextRange();
        if (layer == null) {
          break;
        }
        starts.add(range(layer));
      }
    }
    // Outside: a request may end at once, and then calls back.
    starts.forEach(Runnable::run);
  }

  private @Nullable LayerPull nextUnpack() {
    if (inWork.size() >= options.unpacks()) {
      return null;
    }
    for (LayerPull layer : waiting) {
      long ofImage = inWork.stream().filter(layer::isOfSameImage).count();
      if (ofImage < options.unpacksPerImage()) {
        return layer;
      }
    }
    return null;
  }

  private @Nullable LayerPull nextRange() {
    return inWork.stream()
        .filter(layer -> mayAsk(layer, true))
        .min(Comparator.comparingLong(layer -> layer.download().lead()))
        .orElseGet(
            () -> waiting.stream().filter(layer -> mayAsk(layer, false)).findFirst().orElse(null));
  }

  private boolean mayAsk(LayerPull layer, boolean working) {
    long length = layer.download().nextLength(options.rangeBytes());
    return length > 0
        && layer.image().connections < options.connectionsPerImage()
        && layer.requests < mostRequests(layer)
        && (isGuaranteed(layer, working) || sharedUsed + memory.costOf(length) <= shared);
  }

  /** A layer whose requests stand still must leave one to each other that could be in work. */
  private long mostRequests(LayerPull layer) {
    long unfinished =
        Stream.concat(inWork.stream(), waiting.stream()).filter(layer::isOfSameImage).count();
    long others = Math.min(unfinished, options.unpacksPerImage()) - 1;
    return Math.max(1, options.connectionsPerImage() - others);
  }

  private static boolean isGuaranteed(LayerPull layer, boolean working) {
    return working && layer.guaranteedRanges < PullOptions.GUARANTEED_RANGES;
  }

  private Runnable range(LayerPull layer) {
    BlobDownload download = layer.download();
    long length = download.nextLength(options.rangeBytes());
    boolean guaranteed = isGuaranteed(layer, inWork.contains(layer));
    long cost = memory.costOf(length);
    MemorySegment place;
    try {
      place = memory.take(length);
    } catch (SluiceException e) {
      download.cancel(e);
      return () -> {};
    }
    if (guaranteed) {
      layer.guaranteedRanges++;
    } else {
      sharedUsed += cost;
    }
    used += cost;
    mostUsed = Math.max(mostUsed, used);
    connections++;
    layer.image().connections++;
    layer.requests++;
    Range range = new Range(download.next(), length, guaranteed, cost, place);
    download.add(range);
    return () -> download.start(range, () -> answered(layer));
  }

  private void answered(LayerPull layer) {
    synchronized (this) {
      connections--;
      layer.image().connections--;
      layer.requests--;
    }
    pump();
  }

  /** The most compressed bytes that were in memory at once. */
  synchronized long mostUsed() {
    return mostUsed;
  }
}
