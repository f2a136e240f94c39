package dev.sluice.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.erofs.ErofsImage;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.fuse.Attributes;
import dev.sluice.fuzz.FuzzTarget;
import dev.sluice.soci.ztoc.TocEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * Entries of a tar in lines {@code <type> <name>[<tab><link target>]}. Whatever their names are,
 * they make a tree that ends, whose names the kernel takes, and which EROFS can hold.
 */
public final class LayerTreeFuzz implements FuzzTarget {
  private static final long TAR_BYTES = 1 << 20;
  private static final int MOST_ENTRIES = 2000;

  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.CORRUPT);
  }

  @Override
  public List<byte[]> seeds() {
    String deep = "d/".repeat(300);
    return FuzzTarget.texts(
        "d usr/\nf usr/bin/sh\nh usr/bin/bash\tusr/bin/sh\ns lib\tusr/lib\nf lib/x\nc dev/null\n",
        "f ../../etc/passwd\nf /abs\nf ./a//b/./c\nf a/../../b\nd a\nf a\n",
        "f .wh.gone\nf dir/.wh..wh..opq\nf dir/.wh.x\nf dir/x\nf .wh..wh.plnk\n",
        "s l\tl\nf l/x\nh y\tl\ns up\t..\nf up/up/z\nh self\tself\n",
        "f " + deep + "x\nh y\t" + deep + "x\n",
        "f " + "n".repeat(255) + "/x\n");
  }

  @Override
  public void run(byte[] input) throws IOException {
    LayerTree tree = LayerTreeBuilder.build(entries(input));
    walk(tree);
    try {
      ErofsImage.of(tree, TAR_BYTES, "fuzz")
          .writeTo(Channels.newChannel(OutputStream.nullOutputStream()));
    } catch (SluiceException e) {
      // UNSUPPORTED: what EROFS can't hold, FUSE shows.
      if (e.kind() != FailureKind.UNSUPPORTED) {
        throw new AssertionError("the tree is no tree for EROFS", e);
      }
    }
  }

  private static List<TocEntry> entries(byte[] input) {
    List<TocEntry> entries = new ArrayList<>();
    long at = 512;
    for (String line : new String(input, StandardCharsets.ISO_8859_1).split("\n", MOST_ENTRIES)) {
      TocEntry.Type type = line.length() < 3 ? null : type(line.charAt(0));
      if (type == null || line.indexOf(0) >= 0) {
        continue; // readers of tars and ztocs refuse names with NUL
      }
      String[] names = line.substring(2).split("\t", 2);
      byte[] target = Entries.bytes(names.length > 1 ? names[1] : "");
      TocEntry.Builder entry =
          new TocEntry.Builder(type, Entries.bytes(names[0])).linkName(target).mode(0755);
      entries.add(entry.content(at, type == TocEntry.Type.REG ? 10 : 0).build());
      at += 1024;
    }
    return entries;
  }

  private static TocEntry.Type type(char of) {
    return switch (of) {
      case 'd' -> TocEntry.Type.DIR;
      case 'f' -> TocEntry.Type.REG;
      case 'h' -> TocEntry.Type.HARDLINK;
      case 's' -> TocEntry.Type.SYMLINK;
      case 'c' -> TocEntry.Type.CHAR;
      default -> null;
    };
  }

  private static void walk(LayerTree tree) {
    BitSet directories = new BitSet();
    List<Integer> open = new ArrayList<>(List.of(LayerTree.ROOT));
    directories.set(LayerTree.ROOT);
    Attributes attributes = new Attributes();
    while (!open.isEmpty()) {
      int directory = open.removeLast();
      tree.list(
          directory,
          0,
          0,
          (name, node, _) -> {
            int child = (int) node;
            assertThat(new String(name, StandardCharsets.ISO_8859_1))
                .hasSizeBetween(1, 255)
                .isNotIn(".", "..")
                .doesNotContain("/", "\0");
            assertThat(tree.lookup(directory, name)).isEqualTo(child);
            tree.attributes(child, attributes);
            if ((attributes.mode & FileMode.TYPE_MASK) == FileMode.DIRECTORY) {
              assertThat(directories.get(child)).as("a directory is in one place").isFalse();
              directories.set(child);
              open.add(child);
            }
            return true;
          });
    }
  }
}
