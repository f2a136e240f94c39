package dev.sluice.fuse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process that touches a mount. The test's own JVM serves the mount, so it must never touch it
 * itself: a thread that waits in the kernel for an answer of the same JVM can stop all of it.
 */
final class Child {
  private static final long TIMEOUT_SECONDS = 60;
  private final Process process;
  private final List<String> command;
  private final Path out;
  private final Path err;

  /**
   * What a process left behind.
   *
   * @param exit its exit code
   */
  record Output(int exit, String out, String err) {
    /** The lines of its standard output. */
    List<String> lines() {
      return out.lines().toList();
    }
  }

  private Child(List<String> command, byte[] input) {
    try {
      this.command = command;
      out = Files.createTempFile("sluice-child", ".out");
      err = Files.createTempFile("sluice-child", ".err");
      process =
          new ProcessBuilder(command)
              .directory(Path.of("/").toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Child start(Object... command) {
    return new Child(Arrays.stream(command).map(Object::toString).toList(), new byte[0]);
  }

  /** Starts Python with a script that finds its arguments in sys.argv[1:]. */
  static Child startPython(String script, Object... arguments) {
    return new Child(pythonCommand(script, arguments), new byte[0]);
  }

  /** Runs a command that must succeed. */
  static Output run(Object... command) {
    return start(command).succeed();
  }

  /** Runs a Python script that must succeed. */
  static Output python(String script, Object... arguments) {
    return startPython(script, arguments).succeed();
  }

  /** Runs a Python script that must succeed, with {@code input} on its standard input. */
  static Output pythonWithInput(String input, String script, Object... arguments) {
    return new Child(pythonCommand(script, arguments), input.getBytes(StandardCharsets.US_ASCII))
        .succeed();
  }

  private static List<String> pythonCommand(String script, Object... arguments) {
    List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", script));
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return command;
  }

  Output succeed() {
    Output output = await();
    if (output.exit != 0) {
      throw new AssertionError(
          "exit %d of %s%n%s%n%s".formatted(output.exit, command, output.out, output.err));
    }
    return output;
  }

  /** Waits for the end of the process, in bounded time. */
  Output await() {
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("no end within " + TIMEOUT_SECONDS + " s: " + command);
      }
      return new Output(
          process.exitValue(),
          Files.readString(out, StandardCharsets.ISO_8859_1),
          Files.readString(err, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      out.toFile().delete();
      err.toFile().delete();
    }
  }

  /** Sends SIGKILL, and does not wait for the end. */
  void signal() {
    process.destroyForcibly();
  }
}
