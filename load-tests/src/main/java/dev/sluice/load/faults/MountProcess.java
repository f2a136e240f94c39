package dev.sluice.load.faults;

import dev.sluice.load.Program;
import dev.sluice.load.Sluice;
import dev.sluice.load.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code sluice mount} in a process of its own. */
final class MountProcess implements AutoCloseable {
  private static final Duration START = Duration.ofMinutes(2);
  private static final Duration END = Duration.ofSeconds(60);

  private final Process process;
  private final Path log;
  private final Path target;

  private MountProcess(Process process, Path log, Path target) {
    this.process = process;
    this.log = log;
    this.target = target;
  }

  /**
   * Mounts an image and returns when it can be read.
   *
   * @param directory where its state and log lie; {@code target} in it is the mount
   * @throws IllegalStateException with what it said if it ends instead
   */
  static MountProcess start(Path directory, String reference, List<String> options)
      throws IOException {
    Path target = Files.createDirectories(directory.resolve("target"));
    List<Object> arguments =
        new ArrayList<>(List.of("mount", "--root", directory.resolve("root"), "--no-profile"));
    arguments.addAll(options);
    arguments.addAll(List.of(reference, target));
    Path log = directory.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(Sluice.command(arguments.toArray()))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(Sluice.ENVIRONMENT);
    MountProcess mount = new MountProcess(builder.start(), log, target);
    try {
      Waiting.until(
          "mounted",
          START,
          () -> {
            if (!mount.process.isAlive()) {
              throw new IllegalStateException("sluice mount ended:\n" + mount.said());
            }
            return mount.said().contains("mounted at " + target);
          });
      return mount;
    } catch (RuntimeException e) {
      mount.close();
      throw e;
    }
  }

  Path target() {
    return target;
  }

  /** How many files and connections it may have open from now on. */
  void limitDescriptors(int most) {
    Program.run(END, "prlimit", "--pid", process.pid(), "--nofile=" + most + ":");
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String said() {
    try {
      return Program.text(log);
    } catch (IOException e) {
      throw new UncheckedIOException("read " + log, e);
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo")).reversed()) {
        String point = line.split(" ", -1)[4];
        if (point.startsWith(target.getParent() + "/") && !point.endsWith("/root")) {
          var _ = Program.result(END, java.util.Map.of(), "umount", "-l", point);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("list mounts", e);
    }
  }
}
