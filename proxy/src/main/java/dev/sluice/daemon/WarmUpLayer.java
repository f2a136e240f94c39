package dev.sluice.daemon;

import dev.sluice.soci.ztoc.BuildOptions;
import dev.sluice.soci.ztoc.BuiltZtoc;
import dev.sluice.soci.ztoc.Compression;
import dev.sluice.soci.ztoc.ZtocBuilder;
import dev.sluice.soci.ztoc.ZtocWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/**
 * A layer of some thousand small files that is made of nothing, with all that is frequent in
 * layers: what the JVM has compiled for less it compiles again when it meets more.
 *
 * @param ztoc file with its ztoc
 * @param compressed the layer
 */
record WarmUpLayer(Path ztoc, ByteBuffer compressed) {
  static final int DIRECTORIES = 60;
  static final int FILES = 30;

  private static final int BLOCK = 512;
  private static final int SPAN = 256 << 10;

  /** Makes the layer, and a file for its ztoc in the directory. */
  static WarmUpLayer make(Path directory) throws IOException {
    byte[] layer = gzip(tar());
    Path file = directory.resolve("ztoc");
    BuildOptions options =
        BuildOptions.of("sluice").withSpanSize(SPAN).withTemporaryDirectory(directory);
    try (BuiltZtoc built =
            ZtocBuilder.build(new ByteArrayInputStream(layer), Compression.GZIP, options);
        OutputStream out = Files.newOutputStream(file)) {
      ZtocWriter.write(built.ztoc(), out);
    }
    // Off the heap, as what the network brings is.
    ByteBuffer compressed = ByteBuffer.allocateDirect(layer.length).put(layer).flip();
    return new WarmUpLayer(file, compressed);
  }

  /** The layer once more. */
  InputStream stream() {
    ByteBuffer all = compressed.duplicate();
    byte[] bytes = new byte[all.remaining()];
    all.get(bytes);
    return new ByteArrayInputStream(bytes);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private static byte[] tar() {
    Random random = new Random(1);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int d = 0; d < DIRECTORIES; d++) {
      // Both ways in which tars name their files.
      String directory =
          (d % 2 == 0 ? "" : "./") + "usr/lib/python3/dist-packages/package" + d + "/";
      tar.writeBytes(header(directory, '5', 0, ""));
      for (int f = 0; f < FILES; f++) {
        byte[] content = new byte[BLOCK * (1 + random.nextInt(2))];
        for (int i = 0; i < content.length; i++) {
          content[i] = (byte) ('a' + random.nextInt(16));
        }
        if (f % 2 == 0) {
          tar.writeBytes(pax("mtime", "1700000000.123456789"));
        } else if (f % 16 == 1) {
          tar.writeBytes(pax("SCHILY.xattr.user.origin", "warm-up"));
        }
        tar.writeBytes(header(directory + "module" + f + ".py", '0', content.length, ""));
        tar.writeBytes(content);
      }
      tar.writeBytes(header(directory + "link.py", '2', 0, "module0.py"));
      tar.writeBytes(header(directory + "same.py", '1', 0, directory + "module0.py"));
    }
    tar.writeBytes(new byte[2 * BLOCK]);
    return tar.toByteArray();
  }

  /** An extended header for what comes next. Source: POSIX.1-2001 pax. */
  private static byte[] pax(String key, String value) {
    String rest = " " + key + "=" + value + "\n";
    int length = rest.length() + Integer.toString(rest.length() + 2).length();
    byte[] both = Arrays.copyOf(header("PaxHeaders/next", 'x', length, ""), 2 * BLOCK);
    put(both, BLOCK, length + rest);
    return both;
  }

  /** Source: POSIX.1-1988 ustar. */
  private static byte[] header(String name, char type, int size, String link) {
    byte[] block = new byte[BLOCK];
    put(block, 0, name);
    put(block, 100, type == '5' ? "0000755" : "0000644");
    put(block, 108, "0000000");
    put(block, 116, "0000000");
    put(block, 124, "%011o".formatted(size));
    put(block, 136, "%011o".formatted(1_700_000_000 + size));
    put(block, 148, "        ");
    block[156] = (byte) type;
    put(block, 157, link);
    put(block, 257, "ustar\u000000root");
    put(block, 297, "root");
    int sum = 0;
    for (byte b : block) {
      sum += b;
    }
    put(block, 148, "%06o\u0000".formatted(sum));
    return block;
  }

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }
}
