package dev.sluice.layer;

import dev.sluice.fuse.Attributes;
import dev.sluice.fuse.ReadOnlyFs.DirectorySink;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The names of one layer: an immutable tree of numbered nodes, the root being 0.
 *
 * <p>Whiteouts and opaque directories stand in overlayfs's own form (character device 0/0, {@code
 * trusted.overlay.opaque}). Node numbers depend on the table of contents alone, so they are the
 * same after a restart. Built by {@link LayerTreeBuilder}.
 */
public final class LayerTree implements DirectoryStack.Below {
  public static final int ROOT = 0;
  public static final int ABSENT = -1;

  /** What overlayfs reads as "hides the directories below". */
  static final String OPAQUE_XATTR = "trusted.overlay.opaque";

  /*
   * Struct of arrays: a torch image has 45 000 nodes, and twenty of its like must fit in a small heap.
   * Names belong to directory entries, not to nodes, because hard links give a node several.
   * The entries of directory d are entryNode[firstEntry[d] .. firstEntry[d] + entryCount[d]), sorted
   * by the bytes of their names; the name of entry e is names[nameAt[e] .. nameAt[e + 1]).
   */
  /** What a node takes in the arrays, with its file's place, see {@link TarFiles}. */
  private static final int NODE_BYTES = 9 * Integer.BYTES + 3 * Long.BYTES + Integer.BYTES;

  /** An entry of a map with its key and an array's head. */
  private static final int ENTRY_BYTES = 100;

  final int[] mode;
  final int[] uid;
  final int[] gid;
  final int[] links;
  final int[] device;
  final long[] size;
  final long[] dataOffset;
  final long[] mtimeSeconds;
  final int[] mtimeNanos;
  final int[] parent;
  final int[] firstEntry;
  final int[] entryCount;
  final int[] entryNode;
  final int[] nameAt;
  final byte[] names;
  final Map<Integer, byte[]> linkTargets;
  final Map<Integer, Map<String, byte[]>> xattrs;
  final List<Integer> impliedDirectories;

  /** Made when it is first needed. */
  private volatile @Nullable TarFiles tarFiles;

  LayerTree(Frozen from) {
    this.mode = from.mode;
    this.uid = from.uid;
    this.gid = from.gid;
    this.links = from.links;
    this.device = from.device;
    this.size = from.size;
    this.dataOffset = from.dataOffset;
    this.mtimeSeconds = from.mtimeSeconds;
    this.mtimeNanos = from.mtimeNanos;
    this.parent = from.parent;
    this.firstEntry = from.firstEntry;
    this.entryCount = from.entryCount;
    this.entryNode = from.entryNode;
    this.nameAt = from.nameAt;
    this.names = from.names;
    this.linkTargets = Map.copyOf(from.linkTargets);
    this.xattrs = Map.copyOf(from.xattrs);
    this.impliedDirectories = List.copyOf(from.impliedDirectories);
  }

  /** Bytes of heap that it takes, about. */
  public long heapBytes() {
    long links = 0;
    for (byte[] target : linkTargets.values()) {
      links += ENTRY_BYTES + target.length;
    }
    for (Map<String, byte[]> each : xattrs.values()) {
      for (byte[] value : each.values()) {
        links += 2 * ENTRY_BYTES + value.length;
      }
    }
    return (long) NODE_BYTES * mode.length + 8L * entryNode.length + names.length + links;
  }

  /** How many nodes there are; numbers of nodes that later entries replaced count too. */
  public int count() {
    return mode.length;
  }

  public boolean has(int node) {
    return node >= 0 && node < mode.length;
  }

  public boolean isDirectory(int node) {
    return has(node) && (mode[node] & FileMode.TYPE_MASK) == FileMode.DIRECTORY;
  }

  /** Whether the node's bytes lie in the decompressed tar, see {@link #dataOffset}. */
  public boolean isRegular(int node) {
    return has(node) && (mode[node] & FileMode.TYPE_MASK) == FileMode.REGULAR;
  }

  /** Type and permission bits, as in {@code st_mode}. */
  public int mode(int node) {
    return mode[node];
  }

  public int uid(int node) {
    return uid[node];
  }

  public int gid(int node) {
    return gid[node];
  }

  /** How many names the node has; of a directory as stat(2) counts. */
  public int links(int node) {
    return links[node];
  }

  /** Device number in the kernel's new encoding, 0 if no device. */
  public int device(int node) {
    return device[node];
  }

  public long mtimeSeconds(int node) {
    return mtimeSeconds[node];
  }

  public int mtimeNanos(int node) {
    return mtimeNanos[node];
  }

  /** The directory that holds the directory {@code dir}; the root's is itself. */
  public int parent(int dir) {
    return parent[dir];
  }

  /** Number of the first entry of a directory; they follow one another, sorted by their names. */
  public int firstEntry(int dir) {
    return firstEntry[dir];
  }

  /** How many entries a directory has. */
  public int entryCount(int dir) {
    return entryCount[dir];
  }

  /** The node that an entry names. */
  public int entryNode(int entry) {
    return entryNode[entry];
  }

  /** Length of an entry's name in bytes. */
  public int nameLength(int entry) {
    return nameAt[entry + 1] - nameAt[entry];
  }

  /** Puts the bytes of an entry's name. */
  public void putName(int entry, ByteBuffer into) {
    into.put(names, nameAt[entry], nameLength(entry));
  }

  /** Order of an entry's name and {@code name} as unsigned bytes. */
  public int compareName(int entry, byte[] name) {
    return Arrays.compareUnsigned(names, nameAt[entry], nameAt[entry + 1], name, 0, name.length);
  }

  /** Length of the file in bytes. */
  public long size(int node) {
    return size[node];
  }

  /** Where the file's bytes start in the decompressed tar. */
  public long dataOffset(int node) {
    return dataOffset[node];
  }

  /**
   * The file that has a byte at {@code offset} of the decompressed tar, or {@link #ABSENT}. The
   * first call looks at all nodes.
   */
  public int fileAt(long offset) {
    TarFiles files = tarFiles;
    if (files == null) {
      files = new TarFiles(this);
      tarFiles = files;
    }
    return files.at(offset);
  }

  /** The node called {@code name} in directory {@code dir}, or {@link #ABSENT}. */
  public int lookup(int dir, byte[] name) {
    if (!isDirectory(dir)) {
      return ABSENT;
    }
    int low = firstEntry[dir];
    int high = low + entryCount[dir] - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = compareName(middle, name);
      if (order == 0) {
        return entryNode[middle];
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return ABSENT;
  }

  /** The node at a path below the root, symbolic links not followed, or {@link #ABSENT}. */
  public int find(String path) {
    int node = ROOT;
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty() && !part.equals(".")) {
        node = lookup(node, part.getBytes(StandardCharsets.UTF_8));
        if (node == ABSENT) {
          return ABSENT;
        }
      }
    }
    return node;
  }

  /**
   * Offers the entries of {@code dir} after cookie {@code after}; node ids get {@code idBase}
   * added.
   */
  boolean list(int dir, long after, long idBase, DirectorySink sink) {
    if (!isDirectory(dir)) {
      return false;
    }
    for (long i = Math.max(0, after); i < entryCount[dir]; i++) {
      int entry = (int) (firstEntry[dir] + i);
      byte[] name = Arrays.copyOfRange(names, nameAt[entry], nameAt[entry + 1]);
      if (!sink.entry(name, idBase + entryNode[entry], i + 1)) {
        break;
      }
    }
    return true;
  }

  void attributes(int node, Attributes into) {
    into.size = size[node];
    into.mode = mode[node];
    into.links = links[node];
    into.uid = uid[node];
    into.gid = gid[node];
    into.device = device[node];
    into.mtimeSeconds = mtimeSeconds[node];
    into.mtimeNanos = mtimeNanos[node];
  }

  /** Target of a symbolic link, null if the node is none. */
  public byte @Nullable [] linkTarget(int node) {
    return linkTargets.get(node);
  }

  /** Extended attributes of a node by name (ISO 8859-1 of the raw bytes). */
  public Map<String, byte[]> xattrs(int node) {
    return xattrs.getOrDefault(node, Map.of());
  }

  /** Path of a directory from the root, in raw bytes as ISO 8859-1, without slashes at the ends. */
  public String directoryPath(int dir) {
    StringBuilder path = new StringBuilder();
    for (int at = dir; at != ROOT; at = parent[at]) {
      path.insert(0, nameOf(parent[at], at)).insert(0, '/');
    }
    return path.isEmpty() ? "" : path.substring(1);
  }

  /**
   * Paths from the root of the nodes in {@code wanted}, without slashes at the ends; of several
   * names the first. Bytes that are no UTF-8 become U+FFFD.
   */
  public Map<Integer, String> paths(BitSet wanted) {
    Map<Integer, String> paths = new HashMap<>();
    Map<Integer, String> directories = new HashMap<>(Map.of(ROOT, ""));
    Deque<Integer> open = new ArrayDeque<>(List.of(ROOT));
    while (!open.isEmpty()) {
      int dir = open.pop();
      String prefix = directories.getOrDefault(dir, "");
      for (int e = firstEntry[dir]; e < firstEntry[dir] + entryCount[dir]; e++) {
        int node = entryNode[e];
        if (isDirectory(node)) {
          directories.put(node, prefix + name(e) + "/");
          open.push(node);
        }
        if (wanted.get(node)) {
          paths.putIfAbsent(node, prefix + name(e));
        }
      }
    }
    return paths;
  }

  private String name(int entry) {
    return new String(
        names, nameAt[entry], nameAt[entry + 1] - nameAt[entry], StandardCharsets.UTF_8);
  }

  /** This tree with other attributes of some directories; shares all the rest. */
  LayerTree withDirectoriesLike(Map<Integer, DirectoryAttributes> likenesses) {
    Frozen copy = new Frozen();
    copy.mode = mode.clone();
    copy.uid = uid.clone();
    copy.gid = gid.clone();
    copy.links = links;
    copy.device = device;
    copy.size = size;
    copy.dataOffset = dataOffset;
    copy.mtimeSeconds = mtimeSeconds.clone();
    copy.mtimeNanos = mtimeNanos.clone();
    copy.parent = parent;
    copy.firstEntry = firstEntry;
    copy.entryCount = entryCount;
    copy.entryNode = entryNode;
    copy.nameAt = nameAt;
    copy.names = names;
    copy.linkTargets = linkTargets;
    copy.impliedDirectories = impliedDirectories;
    Map<Integer, Map<String, byte[]>> newXattrs = new HashMap<>(xattrs);
    likenesses.forEach((dir, like) -> {
      copy.mode[dir] = like.mode();
      copy.uid[dir] = like.uid();
      copy.gid[dir] = like.gid();
      copy.mtimeSeconds[dir] = like.mtimeSeconds();
      copy.mtimeNanos[dir] = like.mtimeNanos();
      Map<String, byte[]> merged = new HashMap<>(like.xattrs());
      merged.putAll(xattrs(dir));
      if (!merged.isEmpty()) {
        newXattrs.put(dir, Map.copyOf(merged));
      }
    });
    copy.xattrs = newXattrs;
    return new LayerTree(copy);
  }

  /** Whether the node hides what layers below have under its name. */
  boolean isWhiteout(int node) {
    return (mode[node] & FileMode.TYPE_MASK) == FileMode.CHAR_DEVICE && device[node] == 0;
  }

  boolean isOpaque(int dir) {
    return xattrs(dir).containsKey(OPAQUE_XATTR);
  }

  @Override
  public DirectoryStack.Answer directory(String path) {
    int at = ROOT;
    boolean opaque = isOpaque(at);
    for (String part : path.isEmpty() ? new String[0] : path.split("/", -1)) {
      at = lookup(at, part.getBytes(StandardCharsets.ISO_8859_1));
      if (at == ABSENT) {
        return opaque ? DirectoryStack.Answer.HIDDEN : DirectoryStack.Answer.ABSENT;
      }
      if (!isDirectory(at)) {
        return DirectoryStack.Answer.HIDDEN;
      }
      opaque |= isOpaque(at);
    }
    return new DirectoryStack.Answer(directoryAttributes(at), false);
  }

  /** What the directory {@code dir} is besides its entries. */
  public DirectoryAttributes directoryAttributes(int dir) {
    Map<String, byte[]> shown = new HashMap<>(xattrs(dir));
    shown.remove(OPAQUE_XATTR);
    return new DirectoryAttributes(
        mode[dir], uid[dir], gid[dir], mtimeSeconds[dir], mtimeNanos[dir], Map.copyOf(shown));
  }

  private String nameOf(int dir, int child) {
    for (int e = firstEntry[dir]; e < firstEntry[dir] + entryCount[dir]; e++) {
      if (entryNode[e] == child) {
        return new String(names, nameAt[e], nameAt[e + 1] - nameAt[e], StandardCharsets.ISO_8859_1);
      }
    }
    throw new IllegalStateException("directory " + child + " is not in its parent " + dir);
  }

  @Override
  public String toString() {
    return "tree of " + count() + " nodes";
  }

  /** The arrays of a tree while they are made; see the fields of the tree. */
  static final class Frozen {
    int[] mode = {};
    int[] uid = {};
    int[] gid = {};
    int[] links = {};
    int[] device = {};
    long[] size = {};
    long[] dataOffset = {};
    long[] mtimeSeconds = {};
    int[] mtimeNanos = {};
    int[] parent = {};
    int[] firstEntry = {};
    int[] entryCount = {};
    int[] entryNode = {};
    int[] nameAt = {};
    byte[] names = {};
    Map<Integer, byte[]> linkTargets = Map.of();
    Map<Integer, Map<String, byte[]>> xattrs = Map.of();
    List<Integer> impliedDirectories = List.of();
  }
}
