package dev.sluice.load.compare;

import dev.sluice.load.coldstart.Recipe;
import dev.sluice.load.coldstart.Recipes;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the command was asked for.
 *
 * @param faces by which images are shown, in this order
 * @param plant path in the image of which the last byte is altered in the unpacked tree; null: none
 * @param directory where images are kept, and nodes while they run
 * @param mirror of Debian packages, null for the one of this machine
 */
record CompareOptions(
    List<Recipe> images,
    List<String> faces,
    @Nullable String plant,
    Path directory,
    @Nullable String mirror) {
  static final String USAGE =
      """
      usage: load-tests/compare [OPTIONS] [IMAGE…]

      Compares what is lazily mounted with the tree that containerd's own overlayfs unpacks: every path's
      type, mode, owner, size, time to the nanosecond, link target, number and group of hard links, device
      number, extended attributes, and content; but for the root's time, which containerd makes that of its
      unpacking. IMAGEs are those of load-tests/coldstart (default: redis); they are made of Debian's
      packages once, pushed to a registry of its own, indexed, and pulled by a service with an empty cache
      for each face. Fails, and names the first differing paths, if anything differs. Needs root.

        --faces LIST      fuse, erofs, disk: who answers for the layers (default: all three)
        --plant PATH      alter the last byte of this file in the unpacked tree, to see that it is found
        --directory DIR   where images are kept for the next time, and nodes while they run
                          (default: /var/tmp/sluice-coldstart)
        --mirror URL      of Debian packages (default: this machine's)
      """;

  private static final List<String> FACES = List.of("fuse", "erofs", "disk");

  /** Throws {@link IllegalArgumentException} that says what is wrong. */
  static CompareOptions read(String... arguments) {
    List<String> images = new ArrayList<>();
    List<String> faces = FACES;
    String plant = null;
    String mirror = null;
    Path directory = Path.of("/var/tmp/sluice-coldstart");
    Deque<String> left = new ArrayDeque<>(Arrays.asList(arguments));
    while (!left.isEmpty()) {
      String word = left.removeFirst();
      if (!word.startsWith("-")) {
        images.add(word);
        continue;
      }
      if (left.isEmpty()) {
        throw new IllegalArgumentException("unknown option, or its value is missing: " + word);
      }
      String value = left.removeFirst();
      switch (word) {
        case "--faces" -> faces = faces(value);
        case "--plant" -> plant = value;
        case "--directory" -> directory = Path.of(value).toAbsolutePath();
        case "--mirror" -> mirror = value;
        default -> throw new IllegalArgumentException("unknown option: " + word);
      }
    }
    return new CompareOptions(
        Recipes.named(images.isEmpty() ? List.of("redis") : images),
        faces,
        plant,
        directory,
        mirror);
  }

  private static List<String> faces(String list) {
    List<String> faces = List.of(list.split(",", -1));
    for (String face : faces) {
      if (!FACES.contains(face)) {
        throw new IllegalArgumentException("--faces: '%s' is none of %s".formatted(face, FACES));
      }
    }
    return faces;
  }
}
