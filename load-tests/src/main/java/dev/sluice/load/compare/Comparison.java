package dev.sluice.load.compare;

import dev.sluice.load.DockerRegistry;
import dev.sluice.load.LazyNode;
import dev.sluice.load.MountedImage;
import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.Trees;
import dev.sluice.load.coldstart.Image;
import dev.sluice.load.coldstart.ImageBuilder;
import dev.sluice.load.coldstart.Recipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Shows images by each face, lists them, and compares that with what overlayfs has unpacked. */
final class Comparison {
  /** For each step that takes all bytes of an image, on a busy machine. */
  private static final Duration LONG = Duration.ofMinutes(30);

  private static final Duration STEP = Duration.ofMinutes(3);

  private static final String SETTINGS =
      """
      [lazy]
      min_layer_size = 0
      layer_face = "FACE"
      [cache]
      disk = "64GiB"
      [fill]
      enable = false
      """;

  /**
   * Alters a file's last byte, in the layer that has it, and nothing else that can be seen of it.
   */
  private static final String ALTER =
      """
      import os, re, sys
      mounted, name = sys.argv[1:]
      with open("/proc/self/mountinfo") as mounts:
          mine = next(line for line in mounts if line.split()[4] == mounted)
      layers = re.search("lowerdir=([^, ]+)", mine).group(1).split(":")
      path = next(file for file in (os.path.join(layer, name) for layer in layers) if os.path.exists(file))
      before = os.stat(path)
      with open(path, "r+b") as file:
          file.seek(-1, os.SEEK_END)
          last = file.read(1)[0]
          file.seek(-1, os.SEEK_END)
          file.write(bytes([last ^ 1]))
      os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
      """;

  private final CompareOptions options;
  private final Consumer<Outcome> told;

  /**
   * @param told gets each outcome as soon as it is known
   */
  Comparison(CompareOptions options, Consumer<Outcome> told) {
    this.options = options;
    this.told = told;
  }

  /**
   * Compares all that was asked for.
   *
   * @throws IllegalStateException if something can't be compared: no image, a layer that is not
   *     lazy or has another face
   */
  void run() throws IOException {
    Files.createDirectories(options.directory());
    ImageBuilder builder = new ImageBuilder(options.directory(), options.mirror());
    for (Recipe recipe : options.images()) {
      Image image = builder.make(recipe);
      Path work = Files.createTempDirectory(options.directory(), "compare-");
      try (DockerRegistry registry = DockerRegistry.start(work.resolve("registry"))) {
        String reference = registry.push(image.layout(), "image", image.name() + ":latest");
        Sluice.runWithin(LONG, "create", "--plain-http", "--min-layer-size", "0", reference);
        compare(image, reference, registry.host(), work);
      } finally {
        Program.run(STEP, "rm", "-rf", "--one-file-system", work);
      }
    }
  }

  private void compare(Image image, String reference, String registry, Path work) {
    Trees trees = new Trees(work);
    Map<String, String> expected = Map.of();
    for (String face : options.faces()) {
      String configured = face.equals("fuse") ? "fuse" : "erofs";
      try (LazyNode node =
          LazyNode.start(work.resolve(face), registry, SETTINGS.replace("FACE", configured))) {
        try {
          if (expected.isEmpty()) {
            expected = unpacked(node, reference, trees, work.resolve("unpacked"));
          }
          node.pull(LONG, "sluice", reference);
          if (face.equals("disk")) {
            node.warm(LONG, reference);
          }
          told.accept(outcome(image, face, expected, lazy(node, image, face, trees, work)));
        } catch (IllegalStateException e) {
          throw new IllegalStateException(
              "compare %s by the face %s: %s%nThe service said:%n%s"
                  .formatted(image.name(), face, e.getMessage(), node.service().said()),
              e);
        }
      }
    }
  }

  private static Outcome outcome(
      Image image, String face, Map<String, String> expected, Map<String, String> found) {
    return new Outcome(
        image.name(),
        face,
        image.layers().size(),
        found.size(),
        Trees.bytes(found),
        Trees.differences(withoutTimeOfRoot(expected), withoutTimeOfRoot(found)));
  }

  /** containerd ignores a layer's entry for the root: its time is that of the unpacking. */
  private static Map<String, String> withoutTimeOfRoot(Map<String, String> listed) {
    Map<String, String> all = new HashMap<>(listed);
    all.computeIfPresent("/", (_, line) -> line.replaceFirst("\"mtime\": \"[^\"]*\", ", ""));
    return all;
  }

  private Map<String, String> unpacked(
      LazyNode node, String reference, Trees trees, Path directory) {
    node.pull(LONG, "overlayfs", reference);
    try (MountedImage mounted = MountedImage.of(node, "overlayfs", directory)) {
      if (options.plant() != null) {
        plant(mounted.directory(), options.plant());
      }
      return trees.list(mounted.directory());
    }
  }

  private static void plant(Path mounted, String file) {
    Program.Result result =
        Program.result(
            STEP, Map.of(), "python3", "-c", ALTER, mounted, file.replaceFirst("^/+", ""));
    if (result.exitCode() != 0) {
      throw new IllegalStateException(
          "plant a difference in %s: no layer has such a file that is not empty:%n%s"
              .formatted(file, result.err()));
    }
  }

  private static Map<String, String> lazy(
      LazyNode node, Image image, String face, Trees trees, Path work) {
    Path directory = work.resolve("mounted-" + face);
    try (MountedImage mounted = MountedImage.of(node, "sluice", directory)) {
      if (node.lazyLayers().size() != image.layers().size() || !node.faces().equals(Set.of(face))) {
        throw new IllegalStateException(
            "not all of its %d layers are lazy with this face; `sluice layers` says:%n%s"
                .formatted(image.layers().size(), String.join("\n", node.service().layers())));
      }
      return trees.list(mounted.directory());
    }
  }
}
