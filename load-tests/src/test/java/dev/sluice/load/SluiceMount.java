package dev.sluice.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A {@code sluice mount} in the foreground of a process of its own. */
final class SluiceMount implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration END = Duration.ofSeconds(60);

  private final Process process;
  private final Path log;
  private final Path directory;

  private SluiceMount(Process process, Path log, Path directory) {
    this.process = process;
    this.log = log;
    this.directory = directory;
  }

  /**
   * Mounts an image and returns when it can be used.
   *
   * @param state where cache and bookkeeping are kept; one mount at a time
   * @param directory the mount point, outside of {@code state}
   */
  static SluiceMount start(
      String reference, Path directory, Path state, Object... furtherArguments) {
    List<Object> arguments = new ArrayList<>(List.of("mount", "--plain-http", "--root", state));
    arguments.addAll(List.of(furtherArguments));
    arguments.addAll(List.of(reference, directory));
    try {
      Path log = Files.createTempFile(directory.toAbsolutePath().getParent(), "mount-", ".log");
      ProcessBuilder builder =
          new ProcessBuilder(Sluice.interruptible(arguments.toArray()))
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder.environment().putAll(Sluice.ENVIRONMENT);
      SluiceMount mount = new SluiceMount(builder.start(), log, directory);
      try {
        Awaitility.await("mounted at " + directory)
            .atMost(START)
            .failFast(mount::failIfEnded)
            .until(() -> mount.said().contains("mounted at " + directory));
        return mount;
      } catch (RuntimeException e) {
        mount.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException("mount " + reference + " at " + directory, e);
    }
  }

  Path directory() {
    return directory;
  }

  /** All that it has printed so far. */
  String said() {
    try {
      return Program.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + log, e);
    }
  }

  /** Asks for what was fetched so far; what it has said then. */
  String report() {
    int before = said().length();
    signal("USR1");
    return Awaitility.await("report after SIGUSR1")
        .atMost(END)
        .until(() -> said().substring(before), text -> text.contains("\n"));
  }

  /** Ends it as Ctrl-C does; the exit code. */
  int interrupt() {
    signal("INT");
    return exitCode();
  }

  /** Ends it without a chance to clean up. */
  void kill() {
    process.destroyForcibly();
    exitCode();
  }

  boolean isMounted() {
    try {
      // Names in the mount table are escaped, so this is for directories with plain names.
      return Files.readString(Path.of("/proc/self/mountinfo")).contains(" " + directory + " ");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void failIfEnded() {
    if (!process.isAlive()) {
      throw new AssertionError("sluice mount ended at once:\n" + said());
    }
  }

  private void signal(String name) {
    Program.run(END, "kill", "-" + name, process.pid());
  }

  private int exitCode() {
    try {
      if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("sluice mount did not end within " + END + ":\n" + said());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted while waiting for sluice mount", e);
    }
  }

  /** Ends it if a test left it running, and takes away whatever is still mounted. */
  @Override
  public void close() {
    if (process.isAlive()) {
      process.destroy();
      exitCode();
    }
    if (isMounted()) {
      Program.run(END, "umount", "-l", directory);
    }
  }
}
