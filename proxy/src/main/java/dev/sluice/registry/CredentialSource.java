package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;

/** Where credentials come from. Doesn't block; ends in bounded time. */
@FunctionalInterface
public interface CredentialSource {
  /** Nobody has credentials. */
  CredentialSource NONE = _ -> Future.succeededFuture(Credentials.NONE);

  /**
   * The credentials that the user's Docker, Podman or containerd tools would use.
   *
   * @param environment the variables that name their files and helpers
   */
  static CredentialSource ofDocker(Vertx vertx, Map<String, String> environment) {
    return DockerCredentials.of(vertx, environment);
  }

  /**
   * The credentials for a repository.
   *
   * @param repository its host is whom they will be shown to: for a mirror that is {@code
   *     name[:port]} of the mirror. What is configured for a registry isn't meant for its mirrors.
   */
  Future<Credentials> lookup(Repository repository);

  /**
   * The credentials for a repository after some were refused: not out of a cache.
   *
   * @param refused what was shown last, NONE if nothing was
   */
  default Future<Credentials> afresh(Repository repository, Credentials refused) {
    return lookup(repository);
  }
}
