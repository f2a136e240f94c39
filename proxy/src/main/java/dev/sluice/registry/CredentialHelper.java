package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
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
    Subprocess helper =
        new Subprocess(
            program,
            find(),
            List.of("get"),
            environment,
            bound,
            OUTPUT_LIMIT,
            "Run 'echo <registry> | " + program + " get' to see what it says.");
    Subprocess.Outcome outcome = helper.run(serverUrl.getBytes(StandardCharsets.UTF_8));
    return credentials(
        helper, outcome.exitCode(), new String(outcome.output(), StandardCharsets.UTF_8));
  }

  private Path find() {
    for (String directory :
        environment.getOrDefault("PATH", "").split(Pattern.quote(File.pathSeparator), -1)) {
      Path file = Path.of(directory.isEmpty() ? "." : directory, program);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new SluiceException(
        FailureKind.UNAUTHORIZED,
        "run " + program + ": there is no such program in PATH",
        "Install it, or take it out of Docker's config.json.",
        null);
  }

  private static Credentials credentials(Subprocess helper, int exit, String output) {
    if (exit != 0) {
      if (output.strip().equals(NOT_FOUND)) {
        return Credentials.NONE;
      }
      // What it prints isn't shown: nobody knows whether it holds a secret.
      throw helper.failure(FailureKind.UNAUTHORIZED, "it ends with code " + exit);
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
      throw helper.failure(
          FailureKind.UNAUTHORIZED, "what it prints is not the JSON that was expected");
    }
  }
}
