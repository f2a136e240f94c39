package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Content;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/** Stores manifests and indexes. */
final class ManifestPusher {
  private final Exchange exchange;

  ManifestPusher(Exchange exchange) {
    this.exchange = exchange;
  }

  /**
   * @param replaces the ETag of the version that it replaces, or null
   */
  Future<RegistryClient.PushedManifest> push(
      Operation operation,
      Scope scope,
      String tagOrDigest,
      Content content,
      @Nullable String replaces) {
    Call call =
        Call.of(
                HttpMethod.PUT,
                Endpoints.manifest(scope.host(), scope.repository(), tagOrDigest),
                scope)
            .with("Content-Type", content.mediaType())
            .with(new Call.Body.Bytes(content.bytes()));
    Call sent = replaces == null ? call : call.with("If-Match", replaces);
    return exchange
        .send(operation, sent)
        .compose(answer -> {
          if (answer.status() != 201) {
            return StatusFailure.fail(operation, answer);
          }
          answer.discard();
          String stored = answer.header("Docker-Content-Digest");
          if (stored != null
              && stored.startsWith(content.digest().algorithm() + ":")
              && !stored.equals(content.digest().toString())) {
            return Future.failedFuture(
                operation.failure(
                    FailureKind.CORRUPT,
                    "the registry stored other bytes than were sent: " + stored));
          }
          boolean kept = answer.header("OCI-Subject") != null;
          return Future.succeededFuture(new RegistryClient.PushedManifest(content.digest(), kept));
        });
  }
}
