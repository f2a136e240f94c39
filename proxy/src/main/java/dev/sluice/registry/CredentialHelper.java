package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** Runs {@code docker-credential-<name> get}. Blocks, for at most {@link #BOUND}. */
final class CredentialHelper {
  private static final Duration BOUND = Duration.ofSeconds(20);
  private static final int OUTPUT_LIMIT = 64 << 10;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final String NOT_FOUND = "credentials not found in native keychain";

  private final String program;
  private final Map<String, String> environment;
  private final Duration bound;

  CredentialHelper(String name, Map<String, String> environment) {
    this(name, environment, BOUND);
  }

  CredentialHelper(String name, Map<String, String> environment, Duration bound) {
    if (!NAME.matcher(name).matches()) {
      throw new SluiceException(
          FailureKind.INVALID, "run a credential helper: the configured name is no program name");
    }
    this.program = "docker-credential-" + name;
    this.environment = environment;
    this.bound = bound;
  }

  /**
   * NONE if the helper knows nothing of the server.
   *
   * @throws SluiceException UNAUTHORIZED if the helper is missing or fails, TIMEOUT if it hangs
   */
  Credentials get(String serverUrl) {
    Process process = start();
    try {
      CompletableFuture<byte[]> output = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> exchange(process, serverUrl, output));
      byte[] bytes = output.get(bound.toMillis(), TimeUnit.MILLISECONDS);
      if (!process.waitFor(1, TimeUnit.SECONDS)) {
        throw failure(FailureKind.TIMEOUT, "it doesn't end");
      }
      return credentials(process.exitValue(), new String(bytes, StandardCharsets.UTF_8));
    } catch (TimeoutException _) {
      throw failure(FailureKind.TIMEOUT, "no answer in " + bound.toMillis() + " ms");
    } catch (ExecutionException e) {
      throw failure(FailureKind.UNAUTHORIZED, "its output can't be read: " + e.getMessage());
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw failure(FailureKind.CANCELLED, "interrupted");
    } finally {
      process.destroyForcibly();
    }
  }

  private Process start() {
    for (String directory :
        environment.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator), -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, program);
      if (Files.isExecutable(file)) {
        ProcessBuilder builder = new ProcessBuilder(List.of(file.toString(), "get"));
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
          return builder.start();
        } catch (IOException e) {
          throw new SluiceException(
              FailureKind.UNAUTHORIZED, "run " + program + ": it can't be started", e);
        }
      }
    }
    throw new SluiceException(
        FailureKind.UNAUTHORIZED,
        "run " + program + ": there is no such program in PATH",
        "Install it, or take it out of Docker's config.json.",
        null);
  }

  private static void exchange(
      Process process, String serverUrl, CompletableFuture<byte[]> output) {
    try (OutputStream in = process.getOutputStream()) {
      in.write(serverUrl.getBytes(StandardCharsets.UTF_8));
    } catch (IOException _) {
      // A helper may end without reading; its output and exit code tell what happened.
    }
    try (InputStream out = process.getInputStream()) {
      byte[] bytes = out.readNBytes(OUTPUT_LIMIT + 1);
      if (bytes.length > OUTPUT_LIMIT) {
        throw new IOException("it prints more than " + OUTPUT_LIMIT + " bytes");
      }
      output.complete(bytes);
    } catch (IOException e) {
      output.completeExceptionally(e);
    }
  }

  private Credentials credentials(int exit, String output) {
    if (exit != 0) {
      if (output.strip().equals(NOT_FOUND)) {
        return Credentials.NONE;
      }
      // What it prints isn't shown: nobody knows whether it holds a secret.
      throw failure(FailureKind.UNAUTHORIZED, "it ends with code " + exit);
    }
    try {
      JsonObject answer = new JsonObject(output);
      String user = answer.getString("Username", "");
      String secret = answer.getString("Secret", "");
      if (secret.isEmpty()) {
        return Credentials.NONE;
      }
      return user.equals("<token>")
          ? new Credentials.IdentityToken(secret)
          : new Credentials.Password(user, secret);
    } catch (DecodeException | ClassCastException _) {
      throw failure(FailureKind.UNAUTHORIZED, "what it prints is not the JSON that was expected");
    }
  }

  private SluiceException failure(FailureKind kind, String cause) {
    return new SluiceException(
        kind,
        "run " + program + ": " + cause,
        "Run 'echo <registry> | " + program + " get' to see what it says.",
        null);
  }
}
