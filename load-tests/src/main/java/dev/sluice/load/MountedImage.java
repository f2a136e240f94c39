package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The only image of a node, mounted at a directory: its layers, and an empty one on top of them.
 * Not by {@code ctr image mount}, which shows overlayfs whatever snapshotter it is told (1.6).
 */
public record MountedImage(Containerd containerd, String snapshotter, Path directory)
    implements AutoCloseable {
  private static final Duration STEP = Duration.ofMinutes(3);
  private static final String KEY = "mounted";

  /**
   * @param snapshotter {@code sluice} or {@code overlayfs}
   * @param directory where; made if it is not there
   */
  public static MountedImage of(LazyNode node, String snapshotter, Path directory) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("make " + directory, e);
    }
    MountedImage image = new MountedImage(node.containerd(), snapshotter, directory);
    // Not "view": ctr gives only what it prepares a label that keeps containerd's collection away.
    image.snapshot("prepare", KEY, image.topmost());
    Program.run(STEP, "sh", "-ec", image.snapshot("mounts", directory, KEY));
    return image;
  }

  /** The chain id of the whole image: the layer that is nobody's parent. */
  private String topmost() {
    List<String[]> all =
        snapshot("ls").lines().skip(1).map(line -> line.strip().split("\\s+", -1)).toList();
    Set<String> names = new HashSet<>();
    all.forEach(each -> names.add(each[0]));
    // A layer without a parent has two columns.
    all.stream().filter(each -> each.length > 2).forEach(each -> names.remove(each[1]));
    if (names.size() != 1) {
      throw new IllegalStateException(
          "find the image in %s: not one chain of layers but %s".formatted(snapshotter, names));
    }
    return names.iterator().next();
  }

  private String snapshot(Object... arguments) {
    Object[] words = new Object[arguments.length + 3];
    words[0] = "snapshot";
    words[1] = "--snapshotter";
    words[2] = snapshotter;
    System.arraycopy(arguments, 0, words, 3, arguments.length);
    return containerd.ctr(words);
  }

  @Override
  public void close() {
    Program.run(STEP, "umount", directory);
    snapshot("rm", KEY);
  }
}
