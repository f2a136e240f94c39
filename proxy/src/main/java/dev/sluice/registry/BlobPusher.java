package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Uploads a blob: POST for a place, PUT of all its bytes there. */
final class BlobPusher {
  private final Exchange exchange;
  private final Endpoints endpoints;
  private final BlobReader reader;

  BlobPusher(Exchange exchange, Endpoints endpoints, BlobReader reader) {
    this.exchange = exchange;
    this.endpoints = endpoints;
    this.reader = reader;
  }

  Future<Void> push(
      Operation operation, Repository repository, Descriptor blob, RegistryClient.BodySource body) {
    Scope scope = Scope.push(repository);
    return reader
        .exists(operation, repository, blob.digest(), scope)
        .compose(exists ->
            exists
                ? Future.succeededFuture()
                : begin(operation, repository, scope)
                    .compose(place -> finish(operation, place, scope, blob, body)));
  }

  private Future<Target> begin(Operation operation, Repository repository, Scope scope) {
    Target uploads = endpoints.uploads(repository);
    Call call = Call.of(HttpMethod.POST, uploads, scope).with(new Call.Body.Bytes(new byte[0]));
    return exchange
        .send(operation, call)
        .compose(answer -> {
          if (answer.status() != 202) {
            return StatusFailure.fail(operation, answer);
          }
          answer.discard();
          return Future.succeededFuture(place(operation, answer));
        });
  }

  private static Target place(Operation operation, Answer answer) {
    String location = answer.header("Location");
    try {
      if (location == null) {
        throw new IllegalArgumentException("there is no Location");
      }
      Target place = answer.target().resolve(location);
      if (answer.target().origin().tls() && !place.origin().tls()) {
        throw operation.failure(
            FailureKind.FORBIDDEN,
            answer.target().origin() + " wants the upload sent to plain " + place.origin());
      }
      return place;
    } catch (IllegalArgumentException e) {
      throw operation.failure(
          FailureKind.UNSUPPORTED,
          answer.target().origin() + " names no place for the upload: " + e.getMessage());
    }
  }

  private Future<Void> finish(
      Operation operation,
      Target place,
      Scope scope,
      Descriptor blob,
      RegistryClient.BodySource body) {
    String digest = URLEncoder.encode(blob.digest().toString(), StandardCharsets.UTF_8);
    boolean home = place.origin().equals(endpoints.uploads(scope.repository()).origin());
    Call call =
        Call.of(HttpMethod.PUT, place.withQuery("digest=" + digest), home ? scope : null)
            .with("Content-Type", "application/octet-stream")
            .with(new Call.Body.Stream(body, blob.size()));
    return exchange
        .send(operation, call)
        .compose(answer -> {
          if (answer.status() != 201 && answer.status() != 204) {
            return StatusFailure.fail(operation, answer);
          }
          answer.discard();
          return Future.succeededFuture();
        });
  }
}
