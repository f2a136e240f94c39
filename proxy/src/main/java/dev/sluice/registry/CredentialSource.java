package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;

/** Where credentials come from. Doesn't block; ends in bounded time. */
@FunctionalInterface
public interface CredentialSource {
  /** Nobody has credentials. */
  CredentialSource NONE = _ -> Future.succeededFuture(Credentials.NONE);

  /** The credentials for a repository. */
  Future<Credentials> lookup(Repository repository);

  /**
   * The credentials for a repository after those that the last lookup gave were refused: not out of
   * a cache.
   */
  default Future<Credentials> afresh(Repository repository) {
    return lookup(repository);
  }
}
