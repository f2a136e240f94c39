package dev.sluice.layer;

import dev.sluice.layer.LayerTreeBuilder.Node;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Packs a grown tree into the arrays of a {@link LayerTree}. */
final class TreeFreezer {
  private final Node root;
  private final List<Node> nodes;
  private final LayerTree.Frozen into = new LayerTree.Frozen();

  TreeFreezer(Node root, List<Node> nodes) {
    this.root = root;
    this.nodes = nodes;
  }

  LayerTree.Frozen freeze() {
    allocate(nodes.size());
    Map<Integer, byte[]> linkTargets = new HashMap<>();
    Map<Integer, Map<String, byte[]>> xattrs = new HashMap<>();
    for (Node node : nodes) {
      copy(node);
      if (node.linkTarget != null) {
        linkTargets.put(node.number, node.linkTarget);
      }
      if (!node.xattrs.isEmpty()) {
        xattrs.put(node.number, Map.copyOf(node.xattrs));
      }
    }
    into.linkTargets = linkTargets;
    into.xattrs = xattrs;
    packEntries();
    return into;
  }

  private void allocate(int count) {
    into.mode = new int[count];
    into.uid = new int[count];
    into.gid = new int[count];
    into.links = new int[count];
    into.device = new int[count];
    into.size = new long[count];
    into.dataOffset = new long[count];
    into.mtimeSeconds = new long[count];
    into.mtimeNanos = new int[count];
    into.parent = new int[count];
    into.firstEntry = new int[count];
    into.entryCount = new int[count];
  }

  private void copy(Node node) {
    int i = node.number;
    into.mode[i] = node.mode;
    into.uid[i] = node.uid;
    into.gid[i] = node.gid;
    into.links[i] = node.links;
    into.device[i] = node.device;
    into.size[i] = node.size;
    into.dataOffset[i] = node.dataOffset;
    into.mtimeSeconds[i] = node.mtimeSeconds;
    into.mtimeNanos[i] = node.mtimeNanos;
    into.parent[i] = node.parentOrSelf().number;
  }

  private void packEntries() {
    List<Node> directories = new ArrayList<>();
    List<Integer> implied = new ArrayList<>();
    int entries = 0;
    long nameBytes = 0;
    Deque<Node> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Node dir = open.pop();
      directories.add(dir);
      if (dir.implied) {
        implied.add(dir.number);
      }
      int subdirectories = 0;
      for (Map.Entry<String, Node> entry : dir.children.entrySet()) {
        entries++;
        nameBytes += entry.getKey().length();
        if (entry.getValue().isDirectory()) {
          subdirectories++;
          open.push(entry.getValue());
        }
      }
      into.links[dir.number] = 2 + subdirectories;
    }
    into.entryNode = new int[entries];
    into.nameAt = new int[entries + 1];
    into.names = new byte[Math.toIntExact(nameBytes)];
    int entry = 0;
    int at = 0;
    for (Node dir : directories) {
      into.firstEntry[dir.number] = entry;
      into.entryCount[dir.number] = dir.children.size();
      List<String> names = new ArrayList<>(dir.children.keySet());
      names.sort(null);
      for (String name : names) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, into.names, at, bytes.length);
        into.nameAt[entry] = at;
        Node child = dir.children.get(name);
        into.entryNode[entry] = child == null ? 0 : child.number;
        at += bytes.length;
        entry++;
      }
    }
    into.nameAt[entry] = at;
    implied.sort(null);
    into.impliedDirectories = implied;
  }
}
