package dev.sluice.prefetch;

import dev.sluice.cache.LayerCache;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerWatchers;
import dev.sluice.oci.Digest;
import dev.sluice.soci.ztoc.SpanTable;

/**
 * A lazy layer that can be read.
 *
 * @param digest of the compressed layer
 * @param place in its image, 0 for the lowest
 * @param bytes its decompressed tar; a chunk is a span
 * @param watchers of its readers
 */
public record ShownLayer(
    Digest digest,
    int place,
    LayerTree tree,
    LayerCache bytes,
    SpanTable spans,
    LayerWatchers watchers) {
  /** The first span that a hint names; greater than {@link #lastSpan} if it names none. */
  int firstSpan(Hint hint) {
    return switch (hint.unit()) {
      case BYTES -> hint.from() < bytes.map().size() ? bytes.map().indexOf(hint.from()) : 0;
      case SPANS -> Math.clamp(hint.from() - leading(), 0, spans.count());
    };
  }

  /** The last span that a hint names, -1 if it names none. */
  int lastSpan(Hint hint) {
    return switch (hint.unit()) {
      case BYTES ->
          hint.from() < bytes.map().size()
              ? bytes.map().indexOf(Math.min(hint.to(), bytes.map().size()) - 1)
              : -1;
      case SPANS -> Math.clamp(hint.to() - 1 - leading(), -1, spans.count() - 1);
    };
  }

  /** Spans of the ztoc that hold nothing of the tar stand before those that do. */
  private int leading() {
    return spans.count() == 0 ? 0 : spans.numberOf(0);
  }

  /** Bytes of the layer blob that one request for these spans brings. */
  long compressed(int first, int last) {
    return spans.compressedEnd(last) - spans.compressedStart(first);
  }
}
