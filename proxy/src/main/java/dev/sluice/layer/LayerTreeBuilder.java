package dev.sluice.layer;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.soci.ztoc.Attribute;
import dev.sluice.soci.ztoc.Limits;
import dev.sluice.soci.ztoc.TocEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link LayerTree} from the entries of a layer's tar, in tar order, by the rules by which
 * containerd unpacks: paths are cleaned and can't leave the root, missing parents are made, a later
 * entry replaces an earlier one (a directory keeps its content), a hard link names an earlier
 * entry, {@code .wh.} names become whiteouts.
 */
public final class LayerTreeBuilder {
  private static final String WHITEOUT = ".wh.";
  private static final String WHITEOUT_META = ".wh..wh.";
  private static final String OPAQUE = ".wh..wh..opq";
  private static final int MAX_NAME = 255;
  private static final int MAX_DEPTH = 2000;

  /* What a few bytes of tar could blow up: a path makes the directories that it lacks, a link in a
   * path is as long as a path, and a path may lead through many of them. */
  private static final int MAX_NODES = Limits.forHeap().entries();
  private static final int MAX_LINKS_OF_ENTRY = 255;
  private static final int MAX_LINK_STEPS = 16 << 20;

  /* Names are raw bytes kept as ISO 8859-1 strings: hashable, one byte a character, order of bytes. */
  private final List<Node> nodes = new ArrayList<>();
  private final Node root;

  /** Symbolic links that led to the present entry. */
  private int linksFollowed;

  /** Names in the targets of all links that were followed. */
  private int linkSteps;

  public LayerTreeBuilder() {
    root = newNode(FileMode.DIRECTORY | 0755, null);
    root.parent = root;
    root.implied = true;
  }

  /** The tree of all entries. */
  public static LayerTree build(Iterable<TocEntry> entries) {
    LayerTreeBuilder builder = new LayerTreeBuilder();
    entries.forEach(builder::add);
    return builder.build();
  }

  /**
   * Adds the next entry.
   *
   * @throws SluiceException {@link FailureKind#CORRUPT} if it can't stand in a tree
   */
  public void add(TocEntry entry) {
    List<String> path = clean(latin1(entry.name()));
    linksFollowed = 0;
    if (path.isEmpty()) {
      if (entry.type() == TocEntry.Type.DIR) {
        describe(root, entry);
      }
      return;
    }
    Node dir = root;
    for (String part : path.subList(0, path.size() - 1)) {
      dir = directory(dir, part, entry);
    }
    String base = path.getLast();
    checkName(base, entry);
    if (base.startsWith(WHITEOUT)) {
      addWhiteout(dir, base);
    } else {
      place(dir, base, entry);
    }
  }

  public LayerTree build() {
    for (Node node : List.copyOf(nodes)) {
      for (String name : node.whiteouts) {
        if (node.children.get(name) == null) {
          Node whiteout = newNode(FileMode.CHAR_DEVICE, null);
          whiteout.links = 1;
          node.children.put(name, whiteout);
        }
      }
      node.whiteouts.clear();
    }
    return new LayerTree(new TreeFreezer(root, nodes).freeze());
  }

  private static void addWhiteout(Node dir, String base) {
    if (base.equals(OPAQUE)) {
      dir.xattrs.put(LayerTree.OPAQUE_XATTR, new byte[] {'y'});
    } else if (!base.startsWith(WHITEOUT_META)) {
      String hidden = base.substring(WHITEOUT.length());
      if (!hidden.isEmpty() && !hidden.equals(".") && !hidden.equals("..")) {
        dir.whiteouts.add(hidden);
      }
    }
  }

  private void place(Node dir, String base, TocEntry entry) {
    Node old = dir.children.get(base);
    if (entry.type() == TocEntry.Type.HARDLINK) {
      Node target = hardLinkTarget(entry);
      if (target != old) {
        unlink(old);
        target.links++;
        dir.children.put(base, target);
      }
      return;
    }
    if (entry.type() == TocEntry.Type.DIR && old != null && old.isDirectory()) {
      describe(old, entry);
      return;
    }
    unlink(old);
    Node node = newNode(0, entry.type() == TocEntry.Type.DIR ? dir : null);
    describe(node, entry);
    node.links = 1;
    dir.children.put(base, node);
  }

  private static void checkName(String name, TocEntry entry) {
    if (name.length() > MAX_NAME) {
      throw corrupt(entry, "a name in it is longer than " + MAX_NAME + " bytes");
    }
  }

  private static void unlink(@Nullable Node node) {
    if (node != null) {
      node.links--;
    }
  }

  private Node hardLinkTarget(TocEntry entry) {
    Node at = root;
    for (String part : clean(latin1(entry.linkName()))) {
      Node next = at.isDirectory() ? at.children.get(part) : null;
      if (next == null) {
        throw corrupt(
            entry,
            "it is a hard link to "
                + printable(entry.linkName())
                + ", which no earlier entry made");
      }
      at = next;
    }
    if (at.isDirectory()) {
      throw corrupt(entry, "it is a hard link to a directory");
    }
    return at;
  }

  /** The directory {@code name} in {@code dir}: made if missing, through links of this layer. */
  private Node directory(Node dir, String name, TocEntry entry) {
    Deque<String> rest = new ArrayDeque<>(List.of(name));
    Node at = dir;
    while (!rest.isEmpty()) {
      String part = rest.pop();
      if (part.equals("..")) {
        at = at.parentOrSelf();
        continue;
      }
      Node child = at.children.get(part);
      if (child == null) {
        checkName(part, entry);
        child = newNode(FileMode.DIRECTORY | 0755, at);
        child.links = 1;
        child.implied = true;
        at.children.put(part, child);
        at = child;
      } else if (child.isDirectory()) {
        at = child;
      } else if (child.linkTarget != null) {
        if (++linksFollowed > MAX_LINKS_OF_ENTRY) {
          throw corrupt(entry, "its parent is a loop of symbolic links, or behind too many");
        }
        String target = latin1(child.linkTarget);
        if (target.startsWith("/")) {
          at = root;
        }
        List<String> parts = split(target);
        linkSteps += parts.size() + 1;
        if (linkSteps > MAX_LINK_STEPS) {
          throw corrupt(entry, "the layer leads through more symbolic links than any real one");
        }
        for (int i = parts.size() - 1; i >= 0; i--) {
          rest.push(parts.get(i));
        }
      } else {
        throw corrupt(entry, "its parent is no directory");
      }
    }
    return at;
  }

  private static void describe(Node node, TocEntry entry) {
    node.implied = false;
    node.mode = typeBits(entry.type()) | entry.permissions();
    node.uid = (int) entry.uid();
    node.gid = (int) entry.gid();
    node.mtimeSeconds = entry.mtimeSeconds();
    node.mtimeNanos = entry.mtimeNanos();
    switch (entry.type()) {
      case REG -> {
        node.size = entry.contentSize();
        node.dataOffset = entry.offset();
      }
      case SYMLINK -> {
        node.linkTarget = entry.linkName();
        node.size = entry.linkName().length;
      }
      case CHAR, BLOCK -> node.device = Attributes.device(entry.devMajor(), entry.devMinor());
      case DIR, FIFO, HARDLINK -> {}
    }
    byte[] opaque = node.xattrs.get(LayerTree.OPAQUE_XATTR);
    node.xattrs.clear();
    if (opaque != null) {
      node.xattrs.put(LayerTree.OPAQUE_XATTR, opaque);
    }
    for (Attribute xattr : entry.xattrs()) {
      node.xattrs.put(latin1(xattr.key()), xattr.value());
    }
  }

  private static int typeBits(TocEntry.Type type) {
    return switch (type) {
      case REG, HARDLINK -> FileMode.REGULAR;
      case SYMLINK -> FileMode.SYMLINK;
      case DIR -> FileMode.DIRECTORY;
      case CHAR -> FileMode.CHAR_DEVICE;
      case BLOCK -> FileMode.BLOCK_DEVICE;
      case FIFO -> FileMode.FIFO;
    };
  }

  private static List<String> clean(String name) {
    List<String> parts = new ArrayList<>();
    for (String part : split(name)) {
      if (!part.equals("..")) {
        parts.add(part);
      } else if (!parts.isEmpty()) {
        parts.removeLast();
      }
    }
    if (parts.size() > MAX_DEPTH) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read layer: a path is more than " + MAX_DEPTH + " directories deep");
    }
    return parts;
  }

  private static List<String> split(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        parts.add(part);
      }
    }
    return parts;
  }

  private Node newNode(int mode, @Nullable Node parent) {
    Node node = new Node(nodes.size(), mode, parent);
    if (node.depth > MAX_DEPTH || node.number >= MAX_NODES) {
      throw new SluiceException(
          FailureKind.CORRUPT,
          "read layer: it has more than %d files and directories, or %d of them in each other"
              .formatted(MAX_NODES, MAX_DEPTH));
    }
    nodes.add(node);
    return node;
  }

  private static String latin1(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static String printable(byte[] name) {
    return "'" + new String(name, StandardCharsets.UTF_8) + "'";
  }

  private static SluiceException corrupt(TocEntry entry, String cause) {
    return new SluiceException(
        FailureKind.CORRUPT, "read layer entry " + printable(entry.name()) + ": " + cause);
  }

  /** A node while the tree grows. */
  static final class Node {
    final int number;
    final int depth;
    final Map<String, Node> children = new HashMap<>(2);
    final Set<String> whiteouts = new HashSet<>(0);
    final Map<String, byte[]> xattrs = new HashMap<>(0);
    @Nullable Node parent;
    int mode;
    int uid;
    int gid;
    int links;
    int device;
    long size;
    long dataOffset;
    long mtimeSeconds;
    int mtimeNanos;
    byte @Nullable [] linkTarget;
    boolean implied;

    Node(int number, int mode, @Nullable Node parent) {
      this.number = number;
      this.depth = parent == null ? 0 : parent.depth + 1;
      this.mode = mode;
      this.parent = parent;
    }

    boolean isDirectory() {
      return (mode & FileMode.TYPE_MASK) == FileMode.DIRECTORY;
    }

    Node parentOrSelf() {
      return parent == null ? this : parent;
    }
  }
}
