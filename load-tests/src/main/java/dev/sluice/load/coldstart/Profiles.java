package dev.sluice.load.coldstart;

import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What services have recorded of images, kept apart from nodes that come and go. */
final class Profiles {
  private static final Duration RECORDED = Duration.ofMinutes(3);
  private static final Duration COPY = Duration.ofMinutes(1);

  private final Path directory;

  Profiles(Path directory) {
    this.directory = directory;
  }

  /** Whether this Sluice records profiles. */
  static boolean areKnown() {
    return Sluice.run("config", "default").contains("[profile]");
  }

  /** Waits until a service has written the profile of the image it runs, and keeps a copy. */
  void keep(Image image, Path serviceRoot) throws IOException {
    Path source = serviceRoot.resolve("profiles");
    Waiting.until(
        "the profile of " + image.name() + " is written",
        RECORDED,
        () -> {
          if (!Files.isDirectory(source)) {
            return false;
          }
          try (Stream<Path> files = Files.list(source)) {
            return files.anyMatch(file -> file.toString().endsWith(".profile"));
          }
        });
    Path target = of(image);
    Files.createDirectories(root(image));
    Program.run(COPY, "rm", "-rf", target);
    Program.run(COPY, "cp", "-a", source, target);
  }

  /** Gives a service that is not started yet what was recorded of an image. */
  static void give(@Nullable Path kept, Path serviceRoot) throws IOException {
    if (kept != null) {
      Files.createDirectories(serviceRoot);
      Program.run(COPY, "cp", "-a", kept, serviceRoot.resolve("profiles"));
    }
  }

  Path of(Image image) {
    return root(image).resolve("profiles");
  }

  /** A state directory that has the profile of this image and nothing else. */
  Path root(Image image) {
    return directory.resolve(image.name());
  }
}
