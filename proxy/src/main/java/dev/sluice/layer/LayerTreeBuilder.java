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
import java.util.LinkedHashSet;
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

  /** Where the last entry was, as its name says it; null if that may lead elsewhere now. */
  private @Nullable String lastParent;

  private Node lastDirectory;

  /** Symbolic links that led to the present entry. */
  private int linksFollowed;

  /** Names in the targets of all links that were followed. */
  private int linkSteps;

  public LayerTreeBuilder() {
    root = newNode(FileMode.DIRECTORY | 0755, null);
    lastDirectory = root;
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
    String name = latin1(entry.name());
    int end = name.length();
    while (end > 0 && name.charAt(end - 1) == '/') {
      end--;
    }
    int slash = name.lastIndexOf('/', end - 1);
    String base = name.substring(slash + 1, end);
    String parent = name.substring(0, slash + 1);
    if (base.isEmpty() || base.equals(".") || base.equals("..")) {
      List<String> path = clean(name);
      if (path.isEmpty()) {
        if (entry.type() == TocEntry.Type.DIR) {
          describe(root, entry);
        }
        return;
      }
      base = path.removeLast();
      parent = String.join("/", path);
    }
    Node dir = parent.equals(lastParent) ? lastDirectory : directory(parent, entry);
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
          node.put(name, whiteout);
        }
      }
    }
    return new LayerTree(new TreeFreezer(root, nodes).freeze());
  }

  private static void addWhiteout(Node dir, String base) {
    if (base.equals(OPAQUE)) {
      dir.setXattr(LayerTree.OPAQUE_XATTR, new byte[] {'y'});
    } else if (!base.startsWith(WHITEOUT_META)) {
      String hidden = base.substring(WHITEOUT.length());
      if (!hidden.isEmpty() && !hidden.equals(".") && !hidden.equals("..")) {
        dir.whiteOut(hidden);
      }
    }
  }

  /** Puts a node in the place of another, or of none. */
  private void put(Node dir, String base, @Nullable Node old, Node node) {
    if (old != null) {
      old.links--;
      // It may have been a directory or a link on the way to one.
      lastParent = null;
    }
    dir.put(base, node);
  }

  private void place(Node dir, String base, TocEntry entry) {
    Node old = dir.children.get(base);
    if (entry.type() == TocEntry.Type.HARDLINK) {
      Node target = hardLinkTarget(entry);
      if (target != old) {
        target.links++;
        put(dir, base, old, target);
      }
      return;
    }
    if (entry.type() == TocEntry.Type.DIR && old != null && old.isDirectory()) {
      describe(old, entry);
      return;
    }
    Node node = newNode(0, entry.type() == TocEntry.Type.DIR ? dir : null);
    describe(node, entry);
    node.links = 1;
    put(dir, base, old, node);
  }

  private static void checkName(String name, TocEntry entry) {
    if (name.length() > MAX_NAME) {
      throw corrupt(entry, "a name in it is longer than " + MAX_NAME + " bytes");
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

  /** The directory of a path, which is kept: the next entry is mostly in it too. */
  private Node directory(String path, TocEntry entry) {
    linksFollowed = 0;
    Node dir = root;
    for (String part : clean(path)) {
      dir = directory(dir, part, entry);
    }
    lastParent = path;
    lastDirectory = dir;
    return dir;
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
        at.put(part, child);
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
    node.xattrs = Map.of();
    if (opaque != null) {
      node.setXattr(LayerTree.OPAQUE_XATTR, opaque);
    }
    for (Attribute xattr : entry.xattrs()) {
      node.setXattr(latin1(xattr.key()), xattr.value());
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

  /** A node while the tree grows; most have no maps of their own. */
  static final class Node {
    final int number;
    final int depth;
    Map<String, Node> children = Map.of();
    Set<String> whiteouts = Set.of();
    Map<String, byte[]> xattrs = Map.of();
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

    void put(String name, Node child) {
      if (children.isEmpty()) {
        children = new HashMap<>();
      }
      children.put(name, child);
    }

    void whiteOut(String name) {
      if (whiteouts.isEmpty()) {
        whiteouts = new LinkedHashSet<>();
      }
      whiteouts.add(name);
    }

    void setXattr(String name, byte[] value) {
      if (xattrs.isEmpty()) {
        xattrs = new HashMap<>();
      }
      xattrs.put(name, value);
    }

    boolean isDirectory() {
      return (mode & FileMode.TYPE_MASK) == FileMode.DIRECTORY;
    }

    Node parentOrSelf() {
      return parent == null ? this : parent;
    }
  }
}
