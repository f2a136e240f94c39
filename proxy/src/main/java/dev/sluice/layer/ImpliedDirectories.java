package dev.sluice.layer;

import dev.sluice.layer.LayerTree.Likeness;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
      Map<Integer, Likeness> likenesses = new HashMap<>();
      for (int dir : tree.impliedDirectories) {
        Likeness below = hidesBelow(tree, dir) ? null : find(resolved, tree.directoryPath(dir));
        if (below != null) {
          likenesses.put(dir, below);
        }
      }
      resolved.add(likenesses.isEmpty() ? tree : tree.withDirectoriesLike(likenesses));
    }
    return resolved;
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

  private static @Nullable Likeness find(List<LayerTree> below, String path) {
    for (LayerTree tree : below.reversed()) {
      int at = LayerTree.ROOT;
      boolean hidden = tree.isOpaque(at);
      for (String part : path.isEmpty() ? new String[0] : path.split("/", -1)) {
        at = tree.lookup(at, part.getBytes(StandardCharsets.ISO_8859_1));
        if (at == LayerTree.ABSENT) {
          break;
        }
        if (!tree.isDirectory(at)) {
          return null;
        }
        hidden |= tree.isOpaque(at);
      }
      if (at != LayerTree.ABSENT) {
        return new Likeness(tree, at);
      }
      if (hidden) {
        return null;
      }
    }
    return null;
  }
}
