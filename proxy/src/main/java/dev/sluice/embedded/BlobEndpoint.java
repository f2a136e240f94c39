package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import io.vertx.core.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/** Sends blobs, whole or one range, or says where the second origin has them. */
final class BlobEndpoint {
  private final BlobStore store;
  private final @Nullable SignedUrls signedUrls;

  BlobEndpoint(BlobStore store, @Nullable SignedUrls signedUrls) {
    this.store = store;
    this.signedUrls = signedUrls;
  }

  void handle(RepositoryContent repository, Route route, Reply reply) {
    if (!Digest.isDigest(route.argument())) {
      reply.error(400, "DIGEST_INVALID", "no digest");
      return;
    }
    Digest digest = Digest.parse(route.argument());
    Blob blob = repository.blobs.contains(digest) ? store.get(digest) : null;
    if (blob == null) {
      reply.error(404, "BLOB_UNKNOWN", "blob unknown to registry");
    } else if (reply.request.method().equals(HttpMethod.DELETE)) {
      repository.blobs.remove(digest);
      reply.status(202).end();
    } else if (signedUrls != null && reply.request.method().equals(HttpMethod.GET)) {
      reply.status(307).header("Location", signedUrls.sign(digest)).end();
    } else {
      send(digest, blob, reply);
    }
  }

  /** A request at the second origin. Like S3 it refuses to be shown two kinds of credentials. */
  void storage(SignedUrls urls, String name, Reply reply) {
    Digest digest = Digest.isDigest(name) ? Digest.parse(name) : null;
    Blob blob = digest == null ? null : store.get(digest);
    if (digest == null || blob == null) {
      reply.status(404).end();
    } else if (reply.seen.authorization() != null) {
      reply.status(400).end();
    } else if (!urls.good(digest, reply.request.params())) {
      reply.status(403).end();
    } else {
      send(digest, blob, reply);
    }
  }

  private static void send(Digest digest, Blob blob, Reply reply) {
    reply
        .header("Content-Type", "application/octet-stream")
        .header("Docker-Content-Digest", digest.toString())
        .header("Accept-Ranges", "bytes");
    boolean ignored =
        reply.fault instanceof Fault.IgnoreRange || !reply.request.method().equals(HttpMethod.GET);
    ByteRange range = ignored ? null : ByteRange.of(reply.seen.range(), blob.size());
    if (range == null) {
      reply.status(200).send(digest, blob, 0, blob.size());
    } else if (!range.satisfiable()) {
      reply.status(416).header("Content-Range", "bytes */" + blob.size()).end();
    } else {
      reply
          .status(206)
          .header(
              "Content-Range", "bytes " + range.from() + "-" + (range.to() - 1) + "/" + blob.size())
          .send(digest, blob, range.from(), range.to());
    }
  }
}
