package dev.sluice.load.coldstart;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.load.Containerd;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** A container that {@code ctr run} starts, until it says that it is ready. */
final class ContainerRun implements AutoCloseable {
  private static final Duration END = Duration.ofSeconds(60);
  private static final int MOST_SAID = 200;

  private final Containerd containerd;
  private final String name;
  private final Instant begun = Instant.now();
  private final long start = System.nanoTime();
  private final Process process;
  private final CompletableFuture<Long> ready = new CompletableFuture<>();
  private final List<String> said = new CopyOnWriteArrayList<>();

  private ContainerRun(Containerd containerd, String name, Process process, Pattern pattern) {
    this.containerd = containerd;
    this.name = name;
    this.process = process;
    Thread.ofPlatform().daemon().name(name).start(() -> read(pattern));
  }

  static ContainerRun start(
      Containerd containerd, String snapshotter, String reference, String name, Pattern ready)
      throws IOException {
    List<String> command = new ArrayList<>(containerd.clientCommand());
    command.addAll(List.of("run", "--rm", "--snapshotter", snapshotter, reference, name));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
            .start();
    return new ContainerRun(containerd, name, process, ready);
  }

  private void read(Pattern pattern) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (pattern.matcher(line).find()) {
          ready.complete(System.nanoTime());
        }
        if (said.size() < MOST_SAID) {
          said.add(line);
        }
      }
      ready.completeExceptionally(
          new IllegalStateException("it ended without a ready line:\n" + said()));
    } catch (IOException e) {
      ready.completeExceptionally(e);
    }
  }

  private String said() {
    return String.join("\n", said);
  }

  /** {@code nanoTime} before it was started. */
  long start() {
    return start;
  }

  /** The time of day then. */
  Instant begun() {
    return begun;
  }

  /** Waits for the ready line; its {@code nanoTime}. */
  long awaitReady(Duration limit) throws IOException {
    try {
      return ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      throw new IOException(
          "the %s container does not get ready: %s"
              .formatted(name, cause == null ? e.toString() : cause.getMessage()),
          e);
    } catch (TimeoutException e) {
      throw new IOException(name + ": no ready line within " + limit + ":\n" + said(), e);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while waiting for " + name, e);
    }
  }

  /** Ends the container and waits until it is removed. */
  @Override
  public void close() {
    try {
      if (process.isAlive()) {
        // It may end by itself at the same time.
        var _ = containerd.result("task", "kill", "-s", "KILL", name);
      }
      if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(name + " did not end within " + END + ":\n" + said());
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while " + name + " ended", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
