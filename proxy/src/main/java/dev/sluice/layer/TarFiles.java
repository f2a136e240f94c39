package dev.sluice.layer;

import java.util.Arrays;
import java.util.Comparator;

/** Which file's bytes lie at an offset of a layer's tar. */
final class TarFiles {
  /** Regular files that are not empty, by where they start; no two of them overlap. */
  private final int[] nodes;

  private final LayerTree tree;

  TarFiles(LayerTree tree) {
    this.tree = tree;
    int[] found = new int[tree.count()];
    int count = 0;
    boolean ascending = true;
    for (int node = 0; node < tree.count(); node++) {
      if (tree.isRegular(node) && tree.size(node) > 0) {
        ascending &= count == 0 || tree.dataOffset(found[count - 1]) < tree.dataOffset(node);
        found[count++] = node;
      }
    }
    int[] files = Arrays.copyOf(found, count);
    if (!ascending) {
      files =
          Arrays.stream(files)
              .boxed()
              .sorted(Comparator.comparingLong(tree::dataOffset))
              .mapToInt(Integer::intValue)
              .toArray();
    }
    this.nodes = files;
  }

  /** The node of the file that has a byte at {@code offset}, or {@link LayerTree#ABSENT}. */
  int at(long offset) {
    int low = 0;
    int high = nodes.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (tree.dataOffset(nodes[middle]) <= offset) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    if (high < 0) {
      return LayerTree.ABSENT;
    }
    int node = nodes[high];
    return offset - tree.dataOffset(node) < tree.size(node) ? node : LayerTree.ABSENT;
  }
}
