package dev.sluice.embedded;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * An OCI registry in this process, on an ephemeral port of 127.0.0.1: pull, push, ranges, tags, the
 * Referrers API, tokens, signed URLs of a second origin; over a simulated link, with planned
 * faults. Manifests live in memory and large blobs in files; nothing is found again after a
 * restart.
 */
public final class EmbeddedRegistry {
  private static final String ADDRESS = "127.0.0.1";

  private final Context context;
  private final HttpServer server;
  private final @Nullable HttpServer storage;
  private final RequestHandler handler;
  private final Traffic traffic;
  private final Faults faults;

  private EmbeddedRegistry(
      Context context,
      HttpServer server,
      @Nullable HttpServer storage,
      RequestHandler handler,
      Traffic traffic,
      Faults faults) {
    this.context = context;
    this.server = server;
    this.storage = storage;
    this.handler = handler;
    this.traffic = traffic;
    this.faults = faults;
  }

  /** Starts a registry. All its work is done on one event loop. */
  public static Future<EmbeddedRegistry> start(Vertx vertx, EmbeddedOptions options) {
    Context context = vertx.getOrCreateContext();
    Promise<EmbeddedRegistry> started = Promise.promise();
    context.runOnContext(_ -> startHere(vertx, context, options).onComplete(started));
    return started.future();
  }

  private static Future<EmbeddedRegistry> startHere(
      Vertx vertx, Context context, EmbeddedOptions options) {
    Traffic traffic = new Traffic();
    Faults faults = new Faults();
    RequestHandler handler = new RequestHandler(vertx, options, traffic, faults);
    HttpServer server = server(vertx, options, handler, false);
    HttpServer storage =
        options.signedUrlLife() == null ? null : server(vertx, options, handler, true);
    Future<HttpServer> storageUp =
        storage == null ? Future.succeededFuture() : storage.listen(0, ADDRESS);
    return storageUp
        .compose(_ -> server.listen(0, ADDRESS))
        .map(_ -> {
          String scheme = options.tls() == null ? "http://" : "https://";
          handler.begin(
              scheme + ADDRESS + ":" + server.actualPort(),
              storage == null ? "" : scheme + ADDRESS + ":" + storage.actualPort());
          return new EmbeddedRegistry(context, server, storage, handler, traffic, faults);
        });
  }

  private static HttpServer server(
      Vertx vertx, EmbeddedOptions options, RequestHandler handler, boolean storage) {
    HttpServerOptions http =
        new HttpServerOptions()
            .setMaxInitialLineLength(64 << 10)
            .setMaxHeaderSize(64 << 10)
            .setTcpNoDelay(true);
    EmbeddedOptions.ServerTls tls = options.tls();
    if (tls != null) {
      http.setSsl(true)
          .setUseAlpn(true)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .addCertPath(tls.certificate().toString())
                  .addKeyPath(tls.key().toString()));
      if (tls.clientCa() != null) {
        http.setClientAuth(io.vertx.core.http.ClientAuth.REQUIRED)
            .setTrustOptions(new PemTrustOptions().addCertPath(tls.clientCa().toString()));
      }
    }
    return vertx
        .createHttpServer(http)
        .connectionHandler(handler::connected)
        .requestHandler(request -> handler.handle(request, storage));
  }

  /** {@code 127.0.0.1:<port>}: the host part of references to images here. */
  public String host() {
    return ADDRESS + ":" + port();
  }

  public int port() {
    return server.actualPort();
  }

  /** {@code 127.0.0.1:<port>} of the second origin. */
  public String storageHost() {
    if (storage == null) {
      throw new IllegalStateException("this registry has no second origin");
    }
    return ADDRESS + ":" + storage.actualPort();
  }

  public Traffic traffic() {
    return traffic;
  }

  public Faults faults() {
    return faults;
  }

  /** Stores bytes as a blob of a repository. */
  public Future<Descriptor> putBlob(String repository, String mediaType, byte[] bytes) {
    Digest digest = Digest.sha256(bytes);
    return onContext(() -> {
      handler.blobs().put(digest, bytes);
      handler.repository(repository).blobs.add(digest);
      return Descriptor.of(mediaType, digest, bytes.length);
    });
  }

  /**
   * Serves a file as a blob; it stays where it is and must not change. The digest isn't checked.
   */
  public Future<Void> serveFile(String repository, Digest digest, Path file) {
    return onContext(() -> {
      try {
        handler.blobs().serve(digest, file);
      } catch (IOException e) {
        throw new SluiceException(
            FailureKind.LOCAL_IO, "serve " + file + " as a blob: " + e.getMessage(), e);
      }
      handler.repository(repository).blobs.add(digest);
      return null;
    });
  }

  /** Stores a manifest under a tag or its digest; what it names must be there. */
  public Future<Void> putManifest(String repository, String tagOrDigest, Content content) {
    return onContext(() -> {
      String problem =
          ManifestEndpoint.store(handler.repository(repository), tagOrDigest, content, null);
      if (problem != null) {
        throw new SluiceException(
            FailureKind.INVALID, "store manifest " + tagOrDigest + ": " + problem);
      }
      return null;
    });
  }

  /** From now on the network between clients and the registry is another. */
  public Future<Void> link(Link link) {
    return onContext(() -> {
      handler.shaper().link(link);
      return null;
    });
  }

  /** Every token that was given out is bad from now on. */
  public Future<Void> revokeTokens() {
    return onContext(() -> {
      handler.gatekeeper().forgetTokens();
      return null;
    });
  }

  /** Every signed URL that was given out is bad from now on. */
  public Future<Void> revokeSignedUrls() {
    return onContext(() -> {
      handler.revokeSignedUrls();
      return null;
    });
  }

  /** What the token endpoint takes instead of a password. */
  public String refreshToken() {
    return handler.gatekeeper().refreshToken();
  }

  public Future<Void> close() {
    Future<Void> closed = server.close();
    return storage == null ? closed : closed.eventually(storage::close);
  }

  private <T extends @Nullable Object> Future<T> onContext(Callable<T> action) {
    Promise<T> done = Promise.promise();
    context.runOnContext(_ -> {
      try {
        done.complete(action.call());
      } catch (Exception e) {
        done.fail(e);
      }
    });
    return done.future();
  }
}
