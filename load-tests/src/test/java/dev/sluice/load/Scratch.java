package dev.sluice.load;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * A directory for one test. JUnit's own can't hold these trees: it deletes through Java, which has
 * no names that are not UTF-8, and would go down into a mount that a failed test left.
 */
final class Scratch implements AutoCloseable {
  private final Path directory;

  private Scratch(Path directory) {
    this.directory = directory;
  }

  static Scratch create() {
    try {
      return new Scratch(Files.createTempDirectory("sluice-test-"));
    } catch (IOException e) {
      throw new UncheckedIOException("make a scratch directory", e);
    }
  }

  Path directory() {
    return directory;
  }

  Path resolve(String name) {
    return directory.resolve(name);
  }

  /** A new directory of that name. */
  Path mkdir(String name) {
    try {
      return Files.createDirectories(directory.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("make " + name + " in " + directory, e);
    }
  }

  /** A script of this package's resources, as a file that a child process can run. */
  Path script(String name) {
    Path file = directory.resolve(name);
    try (InputStream script = Scratch.class.getResourceAsStream(name)) {
      if (!Files.exists(file)) {
        Files.copy(Objects.requireNonNull(script, name), file);
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException("copy " + name + " to " + directory, e);
    }
  }

  @Override
  public void close() {
    Program.run(Duration.ofMinutes(2), "rm", "-rf", "--one-file-system", directory);
  }
}
