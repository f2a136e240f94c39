package dev.sluice.profile;

import dev.sluice.oci.Digest;
import java.util.List;

/**
 * A part of a file that containers of an image read before they were ready: all of the file that
 * lies in one span.
 *
 * @param layer the compressed layer
 * @param path in the layer, without a slash at the beginning; for people and manifests
 * @param file where the file starts in the decompressed tar
 * @param from first byte in the decompressed tar
 * @param to end (exclusive)
 * @param history bit {@code i} says whether it was read in the run {@code i} before the last
 * @param times when it was first read in the last runs that read it, in milliseconds after the
 *     first read of that run; newest last
 */
public record ProfileEntry(
    Digest layer, String path, long file, long from, long to, int history, List<Long> times) {
  /** How many runs are remembered. */
  static final int RUNS = 8;

  static final int ALL_RUNS = (1 << RUNS) - 1;

  /** What makes entries of two runs the same. */
  record Key(Digest layer, String path, long from, long to) {}

  Key key() {
    return new Key(layer, path, from, to);
  }

  /** The median of its times. */
  public long time() {
    List<Long> sorted = times.stream().sorted().toList();
    return sorted.isEmpty() ? 0 : sorted.get(sorted.size() / 2);
  }

  /** Of the last runs, how many read it. */
  public int seen() {
    return Integer.bitCount(history & ALL_RUNS);
  }
}
