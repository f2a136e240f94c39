package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that answers a question about credentials on its standard output, within bounds of time
 * and length. What it prints never becomes part of a message.
 *
 * @param name names the program in messages
 * @param environment all of the program's variables
 * @param bound the longest it may take
 * @param outputLimit the most bytes it may print
 * @param advice what the user can do if it fails
 */
public record Subprocess(
    String name,
    Path program,
    List<String> arguments,
    Map<String, String> environment,
    Duration bound,
    int outputLimit,
    String advice) {

  /** How it ended. */
  public record Outcome(int exitCode, byte[] output) {
    @Override
    public String toString() {
      return "exit code " + exitCode;
    }
  }

  /** Shows no variable and no argument: they may hold secrets. */
  @Override
  public String toString() {
    return name;
  }

  /**
   * Runs it to its end. Blocks.
   *
   * @throws SluiceException UNAUTHORIZED if it can't be started or read, TIMEOUT if it hangs
   */
  public Outcome run(byte[] input) {
    Process process = start();
    try {
      CompletableFuture<byte[]> output = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> exchange(process, input, output));
      byte[] bytes = output.get(bound.toMillis(), TimeUnit.MILLISECONDS);
      if (!process.waitFor(1, TimeUnit.SECONDS)) {
        throw failure(FailureKind.TIMEOUT, "it doesn't end");
      }
      return new Outcome(process.exitValue(), bytes);
    } catch (TimeoutException _) {
      throw failure(FailureKind.TIMEOUT, "no answer in " + bound.toMillis() + " ms");
    } catch (ExecutionException e) {
      throw failure(FailureKind.UNAUTHORIZED, "its output can't be read: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw failure(FailureKind.CANCELLED, "interrupted");
    } finally {
      // What a script has started holds its output open, and would outlive it.
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  public SluiceException failure(FailureKind kind, String cause) {
    return new SluiceException(kind, "run " + name + ": " + cause, advice, null);
  }

  private Process start() {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    try {
      return builder.start();
    } catch (IOException _) {
      // The cause isn't kept: its text quotes the arguments.
      throw failure(FailureKind.UNAUTHORIZED, program + " can't be started");
    }
  }

  private void exchange(Process process, byte[] input, CompletableFuture<byte[]> output) {
    try (OutputStream in = process.getOutputStream()) {
      in.write(input);
    } catch (IOException _) {
      // A program may end without reading; its output and exit code tell what happened.
    }
    try (InputStream out = process.getInputStream()) {
      byte[] bytes = out.readNBytes(outputLimit + 1);
      if (bytes.length > outputLimit) {
        throw new IOException("it prints more than " + outputLimit + " bytes");
      }
      output.complete(bytes);
    } catch (IOException e) {
      output.completeExceptionally(e);
    }
  }
}
