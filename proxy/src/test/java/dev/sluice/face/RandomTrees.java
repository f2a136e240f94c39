package dev.sluice.face;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.erofs.RandomEntries;
import dev.sluice.layer.LayerTree;
import dev.sluice.layer.LayerTreeBuilder;
import java.util.List;

/**
 * Writes random trees, mounts them by each face, and compares what a program sees of them with the
 * tree: {@code load-tests/fuzz trees COUNT [SEED]}.
 */
final class RandomTrees {
  private static final int TOLD = 500;

  private RandomTrees() {}

  /**
   * Fails if a stage shows the tree of a seed otherwise than it is; gives how many names it has.
   */
  static int compare(FaceStage stage, long seed) throws Exception {
    LayerTree tree = LayerTreeBuilder.build(RandomEntries.of(seed, FaceStage.TAR_LENGTH));
    List<String> expected = Walker.expected(tree, stage.content);
    assertThat(stage.walk(tree)).as("tree of seed %d", seed).isEqualTo(expected);
    return expected.size();
  }

  /** Arguments: how many trees, and the first one's seed. */
  public static void main(String[] arguments) throws Exception {
    int trees = Integer.parseInt(arguments[0]);
    long from = arguments.length > 1 ? Long.parseLong(arguments[1]) : 0;
    for (LayerFace face : LayerFace.values()) {
      long names = 0;
      try (FaceStage stage = new FaceStage(face)) {
        for (int i = 0; i < trees; i++) {
          try {
            names += compare(stage, from + i);
          } catch (AssertionError e) {
            throw new AssertionError(
                "by %s, seed %d: %s".formatted(face.label(), from + i, e.getMessage()), e);
          }
          if ((i + 1) % TOLD == 0) {
            System.out.printf("%s: %d trees%n", face.label(), i + 1);
          }
        }
      }
      System.out.printf(
          "%s: %d trees from seed %d, %d names, all as they should be%n",
          face.label(), trees, from, names);
    }
  }
}
