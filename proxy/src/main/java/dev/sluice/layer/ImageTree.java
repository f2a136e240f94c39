package dev.sluice.layer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The layers of an image as overlayfs shows them, to find files by their paths. Symbolic links are
 * followed within the image.
 */
public final class ImageTree {
  private static final int MOST_LINKS = 40;
  private static final int MOST_STEPS = 4096;
  private static final int MOST_VISITED = 2_000_000;

  private final List<LayerTree> topFirst;

  /**
   * @param topFirst the layers, the topmost first; names in layers that are left out are not seen
   */
  public ImageTree(List<LayerTree> topFirst) {
    this.topFirst = List.copyOf(topFirst);
  }

  /**
   * A regular file.
   *
   * @param layer its place in the list of layers
   * @param node in the layer's tree
   * @param path without a slash at the beginning
   */
  public record Found(int layer, int node, String path) {}

  /** A node of one layer. */
  private record At(int layer, int node) {}

  /** A name of the image: a file of one layer, or the directories of several, topmost first. */
  private record Name(List<At> nodes, boolean directory) {
    At top() {
      return nodes.getFirst();
    }
  }

  /** The regular file at a path; null if there is none. */
  public @Nullable Found file(String path) {
    Name found = resolve(path);
    return found == null || !isFile(found)
        ? null
        : new Found(found.top().layer, found.top().node, trim(path));
  }

  /**
   * The regular files below a directory whose paths fit, in the order of their names.
   *
   * @param directory where to begin; links in it are followed, those below it are not
   * @param fits given the path as seen through {@code directory}
   * @param most how many are given at most
   */
  public List<Found> below(String directory, Predicate<String> fits, int most) {
    List<Found> found = new ArrayList<>();
    Name start = resolve(directory);
    if (start == null || !start.directory) {
      return found;
    }
    Deque<Walk> open = new ArrayDeque<>();
    String prefix = trim(directory);
    open.push(new Walk(prefix.isEmpty() ? "" : prefix + "/", start));
    int visited = 0;
    while (!open.isEmpty() && found.size() < most) {
      Walk walk = open.pop();
      List<Walk> directories = new ArrayList<>();
      for (String name : names(walk.name)) {
        if (++visited > MOST_VISITED || found.size() == most) {
          return found;
        }
        Name child = child(walk.name, name.getBytes(StandardCharsets.ISO_8859_1));
        String path =
            walk.path
                + new String(name.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        if (child != null && child.directory) {
          directories.add(new Walk(path + "/", child));
        } else if (child != null && isFile(child) && fits.test(path)) {
          found.add(new Found(child.top().layer, child.top().node, path));
        }
      }
      directories.reversed().forEach(open::push);
    }
    return found;
  }

  private record Walk(String path, Name name) {}

  private Name root() {
    List<At> roots = new ArrayList<>();
    for (int layer = 0; layer < topFirst.size(); layer++) {
      roots.add(new At(layer, LayerTree.ROOT));
      if (topFirst.get(layer).isOpaque(LayerTree.ROOT)) {
        break;
      }
    }
    return new Name(roots, true);
  }

  private boolean isFile(Name name) {
    return topFirst.get(name.top().layer).isRegular(name.top().node);
  }

  private static String trim(String path) {
    return path.replaceAll("^/+|/+$", "");
  }

  /** The entry of a directory; null if there is none or it is hidden. */
  private @Nullable Name child(Name directory, byte[] name) {
    List<At> directories = new ArrayList<>();
    for (At at : directory.nodes) {
      LayerTree tree = topFirst.get(at.layer);
      int node = tree.lookup(at.node, name);
      if (node == LayerTree.ABSENT) {
        continue;
      }
      if (!tree.isDirectory(node)) {
        if (!directories.isEmpty()) {
          break;
        }
        return tree.isWhiteout(node) ? null : new Name(List.of(new At(at.layer, node)), false);
      }
      directories.add(new At(at.layer, node));
      if (tree.isOpaque(node)) {
        break;
      }
    }
    return directories.isEmpty() ? null : new Name(directories, true);
  }

  private SortedSet<String> names(Name directory) {
    SortedSet<String> names = new TreeSet<>();
    for (At at : directory.nodes) {
      topFirst
          .get(at.layer)
          .list(
              at.node,
              0,
              0,
              (name, _, _) -> {
                var _ = names.add(new String(name, StandardCharsets.ISO_8859_1));
                return true;
              });
    }
    return names;
  }

  private @Nullable Name resolve(String path) {
    Deque<String> rest = new ArrayDeque<>(List.of(latin1(path).split("/", -1)));
    Deque<Name> above = new ArrayDeque<>();
    Name at = root();
    int links = 0;
    for (int steps = 0; !rest.isEmpty(); steps++) {
      String part = rest.pop();
      if (steps == MOST_STEPS) {
        return null;
      }
      if (part.isEmpty() || part.equals(".")) {
        continue;
      }
      if (part.equals("..")) {
        at = above.isEmpty() ? at : above.pop();
        continue;
      }
      Name child = at.directory ? child(at, part.getBytes(StandardCharsets.ISO_8859_1)) : null;
      if (child == null) {
        return null;
      }
      byte[] target =
          child.directory ? null : topFirst.get(child.top().layer).linkTarget(child.top().node);
      if (target == null) {
        above.push(at);
        at = child;
        continue;
      }
      if (++links > MOST_LINKS) {
        return null;
      }
      String link = new String(target, StandardCharsets.ISO_8859_1);
      if (link.startsWith("/")) {
        at = root();
        above.clear();
      }
      for (String each : List.of(link.split("/", -1)).reversed()) {
        rest.push(each);
      }
    }
    return at;
  }

  private static String latin1(String path) {
    return new String(path.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }
}
