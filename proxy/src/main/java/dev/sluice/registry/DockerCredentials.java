package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The credentials that the user's Docker, Podman or containerd tools would use. Order: the variable
 * {@code DOCKER_AUTH_CONFIG}, Docker's {@code config.json}, containers' {@code auth.json}; the
 * first that knows the registry wins. Read afresh at each lookup.
 */
final class DockerCredentials implements CredentialSource {
  private final Vertx vertx;
  private final Map<String, String> environment;

  private DockerCredentials(Vertx vertx, Map<String, String> environment) {
    this.vertx = vertx;
    this.environment = environment;
  }

  static CredentialSource of(Vertx vertx, Map<String, String> environment) {
    return new DockerCredentials(vertx, environment);
  }

  @Override
  public Future<Credentials> lookup(Repository repository) {
    return vertx
        .<Credentials>executeBlocking(() -> read(repository), false)
        .map(Objects::requireNonNull);
  }

  private Credentials read(Repository repository) {
    String inline = environment.getOrDefault("DOCKER_AUTH_CONFIG", "");
    if (!inline.isBlank()) {
      Credentials found =
          AuthFile.parse("the variable DOCKER_AUTH_CONFIG", inline).find(repository, environment);
      if (!(found instanceof Credentials.None)) {
        return found;
      }
    }
    for (Path file : files()) {
      Credentials found = AuthFile.read(file).find(repository, environment);
      if (!(found instanceof Credentials.None)) {
        return found;
      }
    }
    return Credentials.NONE;
  }

  private List<Path> files() {
    List<Path> files = new ArrayList<>();
    String home = environment.getOrDefault("HOME", "");
    String docker = environment.getOrDefault("DOCKER_CONFIG", "");
    if (!docker.isEmpty()) {
      files.add(Path.of(docker, "config.json"));
    } else if (!home.isEmpty()) {
      files.add(Path.of(home, ".docker", "config.json"));
    }
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!runtime.isEmpty()) {
      files.add(Path.of(runtime, "containers", "auth.json"));
    }
    if (!home.isEmpty()) {
      files.add(Path.of(home, ".config", "containers", "auth.json"));
    }
    return files;
  }
}
