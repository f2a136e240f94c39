package dev.sluice.load;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs programs to their end, in bounded time. */
public final class Program {
  private Program() {}

  /** What a program that has ended left. */
  public record Result(int exitCode, String out, String err) {}

  /**
   * The standard output of a program that ends well.
   *
   * @throws IllegalStateException with all that it said, if it exits with another code than 0 or
   *     takes longer than {@code limit}
   */
  public static String run(Duration limit, Object... command) {
    Result result = result(limit, Map.of(), command);
    if (result.exitCode != 0) {
      throw new IllegalStateException(
          "'%s' exited with %d:%n%s%s"
              .formatted(words(command), result.exitCode, result.out, result.err));
    }
    return result.out;
  }

  /** Runs a program whatever it exits with. */
  public static Result result(Duration limit, Map<String, String> environment, Object... command) {
    Path out = null;
    Path err = null;
    Process process = null;
    try {
      out = Files.createTempFile("program-", ".out");
      err = Files.createTempFile("program-", ".err");
      ProcessBuilder builder =
          new ProcessBuilder(words(command))
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      process = builder.start();
      if (!process.waitFor(Patience.with(limit).toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException(
            "'%s' did not end within %s:%n%s%s"
                .formatted(words(command), limit, text(out), text(err)));
      }
      return new Result(process.exitValue(), text(out), text(err));
    } catch (IOException e) {
      throw new UncheckedIOException("run " + words(command), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for " + words(command), e);
    } finally {
      if (process != null && process.isAlive()) {
        destroy(process);
      }
      delete(out);
      delete(err);
    }
  }

  /** A program that is given up must not leave children that go on. */
  private static void destroy(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** What a file of program output holds; bytes that are no UTF-8 are shown as such. */
  public static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), UTF_8);
  }

  private static List<String> words(Object... command) {
    return List.of(command).stream().map(Object::toString).toList();
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    if (file != null && !file.toFile().delete()) {
      file.toFile().deleteOnExit();
    }
  }
}
