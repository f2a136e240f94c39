package dev.sluice.layer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives directories that a layer only implies the attributes they have in the layers below.
 *
 * <p>A tar may hold {@code tmp/x} without {@code tmp/}. Unpacked onto the layers below, {@code tmp}
 * keeps its mode 1777; in a layer mounted by itself it would show up as 0755, and overlayfs takes
 * the topmost. So a stack of layers takes such attributes from the nearest layer below that has the
 * directory.
 */
public final class ImpliedDirectories {
  private ImpliedDirectories() {}

  /** The same layers, bottom first, with implied directories resolved against those below. */
  public static List<LayerTree> resolve(List<LayerTree> bottomFirst) {
    List<LayerTree> resolved = new ArrayList<>();
    for (LayerTree tree : bottomFirst) {
      List<DirectoryStack.Below> below = new ArrayList<>(resolved.reversed());
      resolved.add(resolve(tree, new DirectoryStack(below)));
    }
    return resolved;
  }

  /** The same layer with its implied directories resolved against the layers below it. */
  public static LayerTree resolve(LayerTree tree, DirectoryStack below) {
    Map<Integer, DirectoryAttributes> found = new HashMap<>();
    for (int dir : tree.impliedDirectories) {
      DirectoryAttributes attributes =
          hidesBelow(tree, dir) ? null : below.directory(tree.directoryPath(dir));
      if (attributes != null) {
        found.put(dir, attributes);
      }
    }
    return found.isEmpty() ? tree : tree.withDirectoriesLike(found);
  }

  private static boolean hidesBelow(LayerTree tree, int dir) {
    for (int at = dir; ; at = tree.parent[at]) {
      if (tree.isOpaque(at)) {
        return true;
      }
      if (at == LayerTree.ROOT) {
        return false;
      }
    }
  }
}
