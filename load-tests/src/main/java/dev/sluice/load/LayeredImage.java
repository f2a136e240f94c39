package dev.sluice.load;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** An image of many layers in an OCI layout, tag {@code layers}; the same at each run. */
public final class LayeredImage {
  /** Of each layer. */
  public static final int FILES = 1000;

  public static final int FILE_BYTES = 4096;

  private LayeredImage() {}

  /**
   * Makes the layout below a directory. Layer N holds {@code dN/f0000} and on, of 4 KiB that
   * compress to about half.
   */
  public static Path make(Path directory, int layers) throws IOException, InterruptedException {
    Path layout = directory.resolve("layout");
    Shell.run("umoci", "init", "--layout", layout);
    Shell.run("umoci", "new", "--image", layout + ":layers");
    for (int layer = 0; layer < layers; layer++) {
      Path tree = directory.resolve("tree");
      write(Files.createDirectories(tree.resolve("d" + layer)), new Random(layer));
      Path tar = directory.resolve("layer.tar");
      Shell.run("tar", "-C", tree, "-cf", tar, ".");
      Shell.run("umoci", "raw", "add-layer", "--image", layout + ":layers", tar);
      Shell.run("rm", "-rf", tree, tar);
    }
    return layout;
  }

  private static void write(Path into, Random random) throws IOException {
    for (int file = 0; file < FILES; file++) {
      StringBuilder text = new StringBuilder(FILE_BYTES);
      while (text.length() < FILE_BYTES) {
        text.append((char) ('a' + random.nextInt(16)));
      }
      Files.write(
          into.resolve("f%04d".formatted(file)),
          text.toString().getBytes(StandardCharsets.US_ASCII));
    }
  }
}
