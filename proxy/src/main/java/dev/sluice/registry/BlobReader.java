package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;

/** Reads whole small blobs, and asks whether a blob is there. */
final class BlobReader {
  private final Exchange exchange;

  BlobReader(Exchange exchange) {
    this.exchange = exchange;
  }

  Future<byte[]> read(
      Operation operation, RegistryHost host, Repository repository, Digest digest, int limit) {
    Call call =
        Call.get(Endpoints.blob(host, repository, digest), Scope.pull(host, repository))
            .with("Accept-Encoding", "identity");
    return exchange
        .send(operation, call)
        .compose(answer ->
            answer.status() == 200 ? answer.body(limit) : StatusFailure.fail(operation, answer))
        .map(body -> {
          byte[] bytes = body.getBytes();
          if (!digest.matches(bytes)) {
            throw operation.failure(
                FailureKind.CORRUPT,
                "the " + bytes.length + " bytes that came don't have its digest");
          }
          return bytes;
        });
  }

  Future<Boolean> exists(Operation operation, Scope scope, Digest digest) {
    Target blob = Endpoints.blob(scope.host(), scope.repository(), digest);
    return exchange
        .send(operation, Call.of(HttpMethod.HEAD, blob, scope))
        .compose(answer -> {
          if (answer.ok() || answer.status() == 404) {
            answer.discard();
            return Future.succeededFuture(answer.ok());
          }
          return StatusFailure.fail(operation, answer);
        });
  }
}
