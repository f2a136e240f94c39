package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;

/** Where credentials come from. Doesn't block; ends in bounded time. */
@FunctionalInterface
public interface CredentialSource {
  /** Nobody has credentials. */
  CredentialSource NONE = _ -> Future.succeededFuture(Credentials.NONE);

  /** The credentials for a repository now: asked again after they were refused. */
  Future<Credentials> lookup(Repository repository);
}
