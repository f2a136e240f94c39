package dev.sluice.erofs;

import dev.sluice.layer.LayerTree;
import java.util.Arrays;

/** The one mtime that compact inodes can have: the commonest of the tree. */
record Epoch(long seconds, int nanos) {
  static Epoch of(LayerTree tree, int[] nodes, int count) {
    long[] times = new long[count];
    for (int i = 0; i < count; i++) {
      times[i] = key(tree, nodes[i]);
    }
    Arrays.sort(times);
    int bestLength = 0;
    long best = 0;
    for (int from = 0, to; from < count; from = to) {
      to = from + 1;
      while (to < count && times[to] == times[from]) {
        to++;
      }
      if (to - from > bestLength) {
        bestLength = to - from;
        best = times[from];
      }
    }
    for (int i = 0; i < count; i++) {
      if (key(tree, nodes[i]) == best) {
        return new Epoch(tree.mtimeSeconds(nodes[i]), tree.mtimeNanos(nodes[i]));
      }
    }
    return new Epoch(0, 0);
  }

  boolean isOf(LayerTree tree, int node) {
    return tree.mtimeSeconds(node) == seconds && tree.mtimeNanos(node) == nanos;
  }

  /** Differs for all times within 292 years of 1970; beyond, a worse choice does no harm. */
  private static long key(LayerTree tree, int node) {
    return tree.mtimeSeconds(node) * 1_000_000_000L + tree.mtimeNanos(node);
  }
}
