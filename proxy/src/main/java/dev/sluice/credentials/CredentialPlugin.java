package dev.sluice.credentials;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import dev.sluice.registry.Credentials;
import dev.sluice.registry.Subprocess;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs one of the kubelet's credential plugins. Blocks, in bounded time. */
final class CredentialPlugin {
  /** The kubelet waits a minute. A pull that waits for us would be given up sooner. */
  static final Duration BOUND = Duration.ofSeconds(30);

  private static final int OUTPUT_LIMIT = 1 << 20;

  private final PluginConfig config;
  private final Path directory;
  private final Map<String, String> environment;
  private final Duration bound;

  /** What an answer is good for. */
  enum Reach {
    IMAGE,
    REGISTRY,
    GLOBAL
  }

  /**
   * @param life how long it is good; empty if it doesn't say
   */
  record Answer(Reach reach, Optional<Duration> life, List<Entry> entries) {}

  record Entry(ImagePattern pattern, Credentials credentials) {}

  CredentialPlugin(
      PluginConfig config, Path directory, Map<String, String> environment, Duration bound) {
    this.config = config;
    this.directory = directory;
    this.environment = environment;
    this.bound = bound;
  }

  /**
   * @throws SluiceException UNAUTHORIZED if it is missing or fails, TIMEOUT if it hangs
   */
  Answer ask(Repository repository) {
    Path program = directory.resolve(config.name());
    Map<String, String> variables = new HashMap<>(environment);
    variables.putAll(config.env());
    Subprocess plugin =
        new Subprocess(
            "credential plugin " + config.name(),
            program,
            config.args(),
            variables,
            bound,
            OUTPUT_LIMIT,
            "The kubelet's log may say more; by hand it answers a CredentialProviderRequest on its"
                + " standard input.");
    if (!Files.isExecutable(program)) {
      throw plugin.failure(FailureKind.UNAUTHORIZED, "there is no program " + program);
    }
    JsonObject request =
        new JsonObject()
            .put("kind", "CredentialProviderRequest")
            .put("apiVersion", config.apiVersion())
            .put("image", repository.toString());
    Subprocess.Outcome outcome = plugin.run(request.toBuffer().getBytes());
    if (outcome.exitCode() != 0) {
      // What it prints isn't shown: nobody knows whether it holds a secret.
      throw plugin.failure(FailureKind.UNAUTHORIZED, "it ends with code " + outcome.exitCode());
    }
    return parse(plugin, new String(outcome.output(), StandardCharsets.UTF_8));
  }

  private Answer parse(Subprocess plugin, String output) {
    try {
      JsonObject answer = new JsonObject(output);
      if (!answer.getString("kind", "").equals("CredentialProviderResponse")
          || !answer.getString("apiVersion", "").equals(config.apiVersion())) {
        throw plugin.failure(
            FailureKind.UNAUTHORIZED,
            "it answers with no CredentialProviderResponse of " + config.apiVersion());
      }
      Reach reach =
          switch (answer.getString("cacheKeyType", "")) {
            case "Image" -> Reach.IMAGE;
            case "Registry" -> Reach.REGISTRY;
            case "Global" -> Reach.GLOBAL;
            default ->
                throw plugin.failure(
                    FailureKind.UNAUTHORIZED,
                    "its answer's cacheKeyType is none of Image, Registry, Global");
          };
      String life = answer.getString("cacheDuration");
      return new Answer(
          reach,
          life == null
              ? Optional.empty()
              : Optional.of(GoDuration.parse(life).orElse(Duration.ZERO)),
          entries(answer.getJsonObject("auth")));
    } catch (DecodeException | ClassCastException _) {
      // The cause isn't kept: its text quotes the answer.
      throw plugin.failure(
          FailureKind.UNAUTHORIZED, "what it prints is not the JSON that was expected");
    }
  }

  private static List<Entry> entries(@Nullable JsonObject auth) {
    List<Entry> entries = new ArrayList<>();
    if (auth == null) {
      return entries;
    }
    for (String key : auth.fieldNames()) {
      JsonObject value = auth.getJsonObject(key);
      Optional<ImagePattern> pattern = pattern(key);
      if (value == null || pattern.isEmpty()) {
        continue;
      }
      String user = value.getString("username", "");
      String password = value.getString("password", "");
      if (!user.isEmpty() || !password.isEmpty()) {
        entries.add(new Entry(pattern.get(), new Credentials.Password(user, password)));
      }
    }
    return entries;
  }

  private static Optional<ImagePattern> pattern(String key) {
    try {
      return Optional.of(ImagePattern.ofKey(key));
    } catch (SluiceException _) {
      // The kubelet passes over such keys too.
      return Optional.empty();
    }
  }
}
