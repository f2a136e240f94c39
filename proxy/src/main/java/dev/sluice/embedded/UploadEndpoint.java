package dev.sluice.embedded;

import dev.sluice.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.AsyncFile;
import io.vertx.core.file.OpenOptions;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Takes blobs: in one POST, in POST and PUT, or in POST, PATCHes and PUT. */
final class UploadEndpoint {
  private final Vertx vertx;
  private final BlobStore store;
  private final Map<String, Session> sessions = new HashMap<>();

  private static final class Session {
    final Path path;
    final MessageDigest digester = Digest.newSha256();
    long size;

    Session(Path path) {
      this.path = path;
    }

    String id() {
      return path.getFileName().toString();
    }
  }

  UploadEndpoint(Vertx vertx, BlobStore store) {
    this.vertx = vertx;
    this.store = store;
  }

  void handle(RepositoryContent repository, Route route, Reply reply) {
    HttpServerRequest request = reply.request;
    if (request.method().name().equals("POST")) {
      start(repository, route, reply);
      return;
    }
    Session session = sessions.get(route.argument());
    if (session == null) {
      reply.error(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
      return;
    }
    switch (request.method().name()) {
      case "GET" -> progress(204, route, session, reply);
      case "PATCH" -> {
        String range = request.getHeader("Content-Range");
        if (range != null && !range.startsWith(session.size + "-")) {
          progress(416, route, session, reply);
        } else {
          append(session, reply, () -> progress(202, route, session, reply));
        }
      }
      case "PUT" -> append(session, reply, () -> finish(repository, route, session, reply));
      case "DELETE" -> {
        sessions.remove(session.id());
        reply.status(204).end();
      }
      default -> reply.error(405, "UNSUPPORTED", "the operation is unsupported");
    }
  }

  private void start(RepositoryContent repository, Route route, Reply reply) {
    String mount = reply.request.getParam("mount");
    if (mount != null && Digest.isDigest(mount) && store.get(Digest.parse(mount)) != null) {
      Digest digest = Digest.parse(mount);
      repository.blobs.add(digest);
      created(route, digest, reply);
      return;
    }
    Session session = new Session(store.newUpload());
    sessions.put(session.id(), session);
    if (reply.request.getParam("digest") != null) {
      append(session, reply, () -> finish(repository, route, session, reply));
    } else {
      append(session, reply, () -> progress(202, route, session, reply));
    }
  }

  private void append(Session session, Reply reply, Runnable next) {
    HttpServerRequest request = reply.request;
    String length = request.getHeader("Content-Length");
    if ("0".equals(length) || (length == null && request.method().name().equals("POST"))) {
      next.run();
      return;
    }
    request.pause();
    OpenOptions options = new OpenOptions().setAppend(true).setWrite(true).setCreate(true);
    vertx
        .fileSystem()
        .open(session.path.toString(), options)
        .compose(file -> copy(session, request, file))
        .onSuccess(_ -> next.run())
        .onFailure(_ -> reply.drop());
  }

  private static Future<Void> copy(Session session, HttpServerRequest request, AsyncFile file) {
    return request
        .pipe()
        .endOnComplete(true)
        .to(new Hashing(file, session.digester, n -> session.size += n));
  }

  private void finish(RepositoryContent repository, Route route, Session session, Reply reply) {
    sessions.remove(session.id());
    String wanted = reply.request.getParam("digest");
    Digest digest = Digest.sha256Of(session.digester);
    if (wanted == null || !wanted.equals(digest.toString())) {
      reply.error(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
      return;
    }
    try {
      if (session.size == 0) {
        store.put(digest, new byte[0]);
      } else {
        store.adopt(digest, session.path);
      }
    } catch (IOException e) {
      reply.error(500, "UNKNOWN", "can't store the blob: " + e.getMessage());
      return;
    }
    repository.blobs.add(digest);
    created(route, digest, reply);
  }

  private static void created(Route route, Digest digest, Reply reply) {
    reply
        .status(201)
        .header("Location", "/v2/" + route.repository() + "/blobs/" + digest)
        .header("Docker-Content-Digest", digest.toString())
        .end();
  }

  private static void progress(int status, Route route, @Nullable Session session, Reply reply) {
    if (session == null) {
      return;
    }
    // The query is there to catch clients that lose it.
    String place = "/v2/" + route.repository() + "/blobs/uploads/" + session.id() + "?_state=kept";
    reply
        .status(status)
        .header("Location", place)
        .header("Range", "0-" + Math.max(0, session.size - 1))
        .header("Docker-Upload-UUID", session.id())
        .end();
  }
}
