package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Descriptor;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Uploads a blob: POST for a place, PUT of all its bytes there. */
final class BlobPusher {
  private final Exchange exchange;
  private final BlobReader reader;

  BlobPusher(Exchange exchange, BlobReader reader) {
    this.exchange = exchange;
    this.reader = reader;
  }

  Future<Void> push(
      Operation operation, Scope scope, Descriptor blob, RegistryClient.BodySource body) {
    return reader
        .exists(operation, scope, blob.digest())
        .compose(exists ->
            exists
                ? Future.succeededFuture()
                : begin(operation, scope)
                    .compose(place -> finish(operation, place, scope, blob, body)));
  }

  private Future<Target> begin(Operation operation, Scope scope) {
    Target uploads = Endpoints.uploads(scope.host(), scope.repository());
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
    boolean home = place.origin().equals(scope.host().origin());
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
