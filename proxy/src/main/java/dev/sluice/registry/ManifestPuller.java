package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.oci.Content;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Reads manifests and indexes. */
final class ManifestPuller {
  /** Registries must take 4 MiB; a little more is accepted. */
  static final int LIMIT = 8 << 20;

  private final Exchange exchange;

  ManifestPuller(Exchange exchange) {
    this.exchange = exchange;
  }

  /**
   * @param etag what the registry calls this version, or null
   */
  record Pulled(Content content, @Nullable String etag) {}

  Future<Pulled> pull(Operation operation, Scope scope, String tagOrDigest) {
    Target target = Endpoints.manifest(scope.host(), scope.repository(), tagOrDigest);
    Call call = Call.get(target, scope).with("Accept", MediaTypes.ACCEPT_MANIFESTS);
    return exchange
        .send(operation, call)
        .compose(answer ->
            answer.status() == 200
                ? answer.body(LIMIT).map(body -> check(operation, answer, tagOrDigest, body))
                : StatusFailure.fail(operation, answer));
  }

  private static Pulled check(Operation operation, Answer answer, String tagOrDigest, Buffer body) {
    byte[] bytes = body.getBytes();
    Digest digest = Digest.sha256(bytes);
    String promised = answer.header("Docker-Content-Digest");
    String wanted =
        Digest.isDigest(tagOrDigest)
            ? tagOrDigest
            : promised != null && Digest.isDigest(promised) ? promised : null;
    if (wanted != null) {
      if (!Digest.parse(wanted).matches(bytes)) {
        throw operation.failure(
            FailureKind.CORRUPT,
            "the " + bytes.length + " bytes that came have the digest " + digest);
      }
      digest = Digest.parse(wanted);
    }
    return new Pulled(
        new Content(mediaType(operation, answer, bytes), digest, bytes), answer.header("ETag"));
  }

  private static String mediaType(Operation operation, Answer answer, byte[] bytes) {
    String header = answer.mediaType();
    String own;
    try {
      own = Buffer.buffer(bytes).toJsonObject().getString("mediaType", "");
    } catch (DecodeException | ClassCastException e) {
      throw operation.failure(FailureKind.CORRUPT, "it is no JSON object", null, e);
    }
    boolean vague =
        header.isEmpty()
            || header.equals("application/json")
            || header.equals("application/octet-stream")
            || header.startsWith("text/");
    if (!vague && !own.isEmpty() && !own.equals(header)) {
      throw operation.failure(
          FailureKind.CORRUPT,
          "the registry calls it '" + header + "' and it calls itself '" + own + "'");
    }
    if (!vague) {
      return header;
    }
    return own.isEmpty() ? guess(bytes) : own;
  }

  private static String guess(byte[] bytes) {
    JsonObject document = Buffer.buffer(bytes).toJsonObject();
    return document.containsKey("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
  }
}
