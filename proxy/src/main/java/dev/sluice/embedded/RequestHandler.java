package dev.sluice.embedded;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.util.Collections;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/** Leads each request to its endpoint. Confined to the registry's event loop. */
final class RequestHandler {
  private static final int MANIFEST_LIMIT = 16 << 20;

  private final Vertx vertx;
  private final EmbeddedOptions options;
  private final Traffic traffic;
  private final Faults faults;
  private final LinkShaper shaper;
  private final BlobStore blobs;
  private final ManifestEndpoint manifests;
  private final UploadEndpoint uploads;
  private final Map<String, RepositoryContent> repositories = new HashMap<>();
  private final Set<HttpConnection> fresh = Collections.newSetFromMap(new WeakHashMap<>());
  private Gatekeeper gatekeeper;
  private BlobEndpoint blobEndpoint;
  private @Nullable SignedUrls signedUrls;

  RequestHandler(Vertx vertx, EmbeddedOptions options, Traffic traffic, Faults faults) {
    this.vertx = vertx;
    this.options = options;
    this.traffic = traffic;
    this.faults = faults;
    shaper = new LinkShaper(vertx, options.link());
    blobs = new BlobStore(options.directory());
    manifests = new ManifestEndpoint(options.referrersApi(), options.referrersPage());
    uploads = new UploadEndpoint(vertx, blobs);
    gatekeeper = new Gatekeeper(options.access(), "");
    blobEndpoint = new BlobEndpoint(blobs, null);
  }

  LinkShaper shaper() {
    return shaper;
  }

  /** Learns the origins, which are known only when the ports are. */
  void begin(String origin, String storageOrigin) {
    gatekeeper = new Gatekeeper(options.access(), origin);
    if (options.signedUrlLife() != null) {
      signedUrls = new SignedUrls(storageOrigin, options.signedUrlLife());
      blobEndpoint = new BlobEndpoint(blobs, signedUrls);
    }
  }

  BlobStore blobs() {
    return blobs;
  }

  Gatekeeper gatekeeper() {
    return gatekeeper;
  }

  RepositoryContent repository(String name) {
    return repositories.computeIfAbsent(name, _ -> new RepositoryContent());
  }

  void revokeSignedUrls() {
    if (signedUrls != null) {
      signedUrls.revoke();
    }
  }

  void connected(HttpConnection connection) {
    traffic.connected();
    fresh.add(connection);
  }

  void handle(HttpServerRequest request, boolean storage) {
    String path = request.path() == null ? "/" : request.path();
    Route route = storage ? new Route(RequestKind.STORAGE, "", "") : Route.of(path);
    String authorization = request.getHeader("Authorization");
    Seen seen =
        new Seen(
            route.kind(),
            request.method().name(),
            path,
            request.getHeader("Range"),
            authorization == null ? null : authorization.split(" ", 2)[0],
            request.getHeader("Accept-Encoding"),
            request.getHeader("User-Agent"),
            request.query() == null ? "" : request.query(),
            headers(request));
    int handshakes = fresh.remove(request.connection()) ? (request.isSSL() ? 2 : 1) : 0;
    Fault fault = faults.next(seen);
    Reply reply = new Reply(vertx, request, seen, fault, shaper, traffic, 1 + handshakes);
    switch (fault) {
      case Fault.Status(int code, var headers, String body) -> {
        headers.forEach(reply::header);
        reply.status(code).end(Buffer.buffer(body));
      }
      case Fault.RedirectLoop _ -> reply.status(307).header("Location", request.uri()).end();
      case Fault.Drop _ -> reply.drop();
      case Fault.Silence _ -> {}
      case null, default -> answer(route, path, reply);
    }
  }

  private static Map<String, String> headers(HttpServerRequest request) {
    Map<String, String> all = new HashMap<>();
    request
        .headers()
        .forEach((name, value) -> all.putIfAbsent(name.toLowerCase(Locale.ROOT), value));
    return Map.copyOf(all);
  }

  private void answer(Route route, String path, Reply reply) {
    switch (route.kind()) {
      case STORAGE -> {
        if (signedUrls == null) {
          reply.status(404).end();
        } else {
          blobEndpoint.storage(signedUrls, path.substring(path.lastIndexOf('/') + 1), reply);
        }
      }
      case TOKEN -> gatekeeper.token(reply);
      case OTHER -> reply.error(404, "NAME_INVALID", "no such route");
      default -> {
        if (gatekeeper.admits(route, reply)) {
          admitted(route, reply);
        }
      }
    }
  }

  private void admitted(Route route, Reply reply) {
    String method = reply.request.method().name();
    boolean reads = method.equals("GET") || method.equals("HEAD");
    RepositoryContent repository =
        reads ? repositories.get(route.repository()) : repository(route.repository());
    if (route.kind() == RequestKind.PING) {
      reply.header("Docker-Distribution-Api-Version", "registry/2.0").status(200).end();
    } else if (repository == null && route.kind() != RequestKind.REFERRERS) {
      reply.error(404, "NAME_UNKNOWN", "repository name not known to registry");
    } else {
      RepositoryContent known = repository == null ? new RepositoryContent() : repository;
      switch (route.kind()) {
        case BLOB -> blobEndpoint.handle(known, route, reply);
        case UPLOAD -> uploads.handle(known, route, reply);
        case REFERRERS -> manifests.referrers(known, route, reply);
        case TAGS -> manifests.tags(known, route, reply);
        default -> withBody(reply, body -> manifests.handle(known, route, reply, body));
      }
    }
  }

  private static void withBody(Reply reply, java.util.function.Consumer<Buffer> next) {
    HttpServerRequest request = reply.request;
    if (!request.method().name().equals("PUT")) {
      next.accept(Buffer.buffer());
      return;
    }
    Buffer body = Buffer.buffer();
    request.handler(part -> {
      if (body.length() + part.length() > MANIFEST_LIMIT) {
        reply.drop();
      } else {
        body.appendBuffer(part);
      }
    });
    request.endHandler(_ -> next.accept(body));
  }
}
