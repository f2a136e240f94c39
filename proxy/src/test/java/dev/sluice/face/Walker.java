package dev.sluice.face;

import dev.sluice.layer.FileMode;
import dev.sluice.layer.LayerTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Tells all that a program sees of a file tree, one line a name, and what it should see of a {@link
 * LayerTree}. A child process walks, since Java has no names that are not UTF-8.
 */
final class Walker implements AutoCloseable {
  private static final HexFormat HEX = HexFormat.of();
  private static final int SAMPLE = 1 << 16;

  private final Process child;
  private final BufferedReader lines;
  private final Writer requests;

  Walker() throws IOException {
    try (InputStream script = Walker.class.getResourceAsStream("walk.py")) {
      child =
          new ProcessBuilder(
                  "/usr/bin/python3",
                  "-c",
                  new String(script.readAllBytes(), StandardCharsets.UTF_8))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    }
    lines = child.inputReader(StandardCharsets.US_ASCII);
    requests = child.outputWriter(StandardCharsets.UTF_8);
  }

  List<String> walk(Path top) throws IOException {
    requests.write(top + "\n");
    requests.flush();
    List<String> seen = new ArrayList<>();
    for (String line = lines.readLine(); !"".equals(line); line = lines.readLine()) {
      if (line == null) {
        throw new IOException("the walking process ended after " + seen.size() + " names");
      }
      seen.add(line);
    }
    return seen;
  }

  @Override
  public void close() throws IOException {
    requests.close();
    child.destroy();
  }

  static List<String> expected(LayerTree tree, FileChannel tar) {
    List<String> lines = new ArrayList<>();
    expect(tree, tar, LayerTree.ROOT, "", new HashMap<>(), lines);
    return lines;
  }

  private static void expect(
      LayerTree tree,
      FileChannel tar,
      int node,
      String path,
      Map<Integer, String> first,
      List<String> lines) {
    StringJoiner line = new StringJoiner(" ");
    line.add(hex(path)).add(Integer.toOctalString(tree.mode(node)));
    line.add(Integer.toUnsignedString(tree.uid(node)))
        .add(Integer.toUnsignedString(tree.gid(node)));
    line.add("" + tree.links(node));
    line.add("" + (tree.mtimeSeconds(node) * 1_000_000_000L + tree.mtimeNanos(node)));
    switch (tree.mode(node) & FileMode.TYPE_MASK) {
      case FileMode.DIRECTORY -> line.add("dir");
      case FileMode.SYMLINK -> {
        byte[] target = tree.linkTarget(node);
        line.add("link").add("" + target.length).add(HEX.formatHex(target));
      }
      case FileMode.REGULAR ->
          line.add("file")
              .add("" + tree.size(node))
              .add(first.containsKey(node) ? "=" : content(tree, tar, node));
      default -> {
        int device = tree.device(node);
        line.add("special");
        line.add("" + ((device >>> 8) & 0xfff))
            .add("" + ((device & 0xff) | ((device >>> 12) & 0xfff00)));
      }
    }
    line.add(hex(first.computeIfAbsent(node, _ -> path)));
    StringJoiner xattrs = new StringJoiner(",");
    new TreeMap<>(tree.xattrs(node))
        .forEach((name, value) -> xattrs.add(hex(name) + "=" + HEX.formatHex(value)));
    lines.add(line + " " + xattrs);
    if (tree.isDirectory(node)) {
      int end = tree.firstEntry(node) + tree.entryCount(node);
      for (int e = tree.firstEntry(node); e < end; e++) {
        byte[] name = new byte[tree.nameLength(e)];
        tree.putName(e, ByteBuffer.wrap(name));
        String below = new String(name, StandardCharsets.ISO_8859_1);
        expect(
            tree,
            tar,
            tree.entryNode(e),
            path.isEmpty() ? below : path + "/" + below,
            first,
            lines);
      }
    }
  }

  private static String content(LayerTree tree, FileChannel tar, int node) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      long size = tree.size(node);
      long start = tree.dataOffset(node);
      if (size <= 1 << 20) {
        digest.update(read(tar, start, (int) size));
      } else {
        digest.update(read(tar, start, SAMPLE));
        digest.update(read(tar, start + size / 2, SAMPLE));
        digest.update(read(tar, start + size - SAMPLE, SAMPLE));
      }
      return HEX.formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] read(FileChannel tar, long at, int length) {
    byte[] bytes = new byte[length];
    ByteBuffer into = ByteBuffer.wrap(bytes);
    try {
      while (into.hasRemaining() && tar.read(into, at + into.position()) > 0) {}
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes;
  }

  private static String hex(String latin1) {
    return HEX.formatHex(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }
}
