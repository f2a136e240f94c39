package dev.sluice.prefetch;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What hints say of one layer, span by span, and what was done about it. */
public final class HintedLayer {
  private static final int NO_PLACE = Integer.MAX_VALUE;

  private final ShownLayer layer;
  private final Bits planned;

  // Guarded by the replay.
  private final Bits asked;
  private final Bits brought;
  private int @Nullable [] turns;
  private boolean gone;

  public HintedLayer(ShownLayer layer) {
    this.layer = layer;
    int spans = layer.bytes().map().count();
    this.planned = new Bits(spans);
    this.asked = new Bits(spans);
    this.brought = new Bits(spans);
  }

  public ShownLayer layer() {
    return layer;
  }

  /** Whether a hint says that the span will be read. */
  public boolean isPlanned(int span) {
    return planned.get(span);
  }

  /** Bytes of the layer blob in spans that hints name. */
  public long plannedBytes() {
    return plannedBytes(false);
  }

  /** Of them, in spans that are not here. */
  public long missingBytes() {
    return plannedBytes(true);
  }

  private long plannedBytes(boolean onlyMissing) {
    long bytes = 0;
    for (int span = 0; span < layer.bytes().map().count(); span++) {
      if (planned.get(span) && !(onlyMissing && layer.bytes().has(span))) {
        bytes += layer.compressed(span, span);
      }
    }
    return bytes;
  }

  /** Bytes of the layer blob that hints brought, of spans that were read and of others. */
  public long broughtBytes(Bits read, boolean wereRead) {
    long bytes = 0;
    for (int span = 0; span < layer.bytes().map().count(); span++) {
      if (brought.get(span) && read.get(span) == wereRead) {
        bytes += layer.compressed(span, span);
      }
    }
    return bytes;
  }

  /** Whether the span was not planned before; its turn is that of the first hint that names it. */
  boolean plan(int span, int turn) {
    if (!planned.set(span)) {
      return false;
    }
    int[] all = turns;
    if (all == null) {
      all = new int[layer.bytes().map().count()];
      Arrays.fill(all, NO_PLACE);
      turns = all;
    }
    all[span] = turn;
    return true;
  }

  int turn(int span) {
    int[] all = turns;
    return all == null ? NO_PLACE : all[span];
  }

  /** Whether the span is to be asked for now: it is planned, not here, and was not asked for. */
  boolean wants(int span) {
    return !gone && planned.get(span) && !asked.get(span) && !layer.bytes().has(span);
  }

  void ask(int first, int last) {
    for (int span = first; span <= last; span++) {
      var _ = asked.set(span);
    }
  }

  void arrived(int first, int last) {
    for (int span = first; span <= last; span++) {
      var _ = brought.set(span);
    }
  }

  void leave() {
    gone = true;
  }

  boolean isGone() {
    return gone;
  }
}
