package dev.sluice.prefetch;

import dev.sluice.oci.Digest;

/**
 * A part of a layer that a container will probably read.
 *
 * @param layer the compressed layer
 * @param unit what is counted
 * @param from the first
 * @param to the last, not included; greater than {@code from}
 * @param priority lower comes first; 0 if nobody says
 */
public record Hint(Digest layer, Unit unit, long from, long to, int priority) {
  /** What a hint counts. */
  public enum Unit {
    /** Bytes of the decompressed tar. */
    BYTES,
    /** Spans by their numbers in the ztoc. */
    SPANS
  }

  public Hint {
    if (from < 0 || to <= from) {
      throw new IllegalArgumentException("hint [%d, %d) is empty".formatted(from, to));
    }
  }

  /** Bytes of the decompressed tar. */
  public static Hint ofBytes(Digest layer, long from, long to) {
    return new Hint(layer, Unit.BYTES, from, to, 0);
  }
}
