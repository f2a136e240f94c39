package dev.sluice.daemon;

import dev.sluice.containerd.Connecting;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.snapshot.SnapshotService;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;

/** The one socket of the service: containerd's snapshots API, and whatever else is routed there. */
final class ServiceSocket {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long STREAMS_PER_CONNECTION = 10_000;

  private final SocketDirectory directory;
  private final HttpServer server;

  /** Requests that are not for the snapshots API. */
  record Route(Predicate<HttpServerRequest> accepts, Handler<HttpServerRequest> handler) {}

  private ServiceSocket(SocketDirectory directory, HttpServer server) {
    this.directory = directory;
    this.server = server;
  }

  /*
   * containerd tries again within a second or three, and gives a new connection as long to answer.
   * The first request of a cold JVM can take longer. So the socket gets its name only when it is for
   * its owner alone and a call of our own has been answered. It also means that the server, when it
   * closes, removes the name that it was bound to and never a successor's.
   */

  /** Binds and serves. */
  static ServiceSocket serve(
      Vertx vertx, SocketDirectory directory, SnapshotService snapshots, List<Route> routes) {
    GrpcServer grpc =
        GrpcServer.server(
            vertx, new GrpcServerOptions().setMaxMessageSize(SnapshotService.MAX_MESSAGE_BYTES));
    snapshots.register(grpc);
    HttpServerOptions options =
        new HttpServerOptions()
            .setInitialSettings(
                new Http2Settings().setMaxConcurrentStreams(STREAMS_PER_CONNECTION));
    HttpServer server =
        vertx
            .createHttpServer(options)
            .requestHandler(request -> {
              for (Route route : routes) {
                if (route.accepts.test(request)) {
                  route.handler.handle(request);
                  return;
                }
              }
              grpc.handle(request);
            });
    Path path = directory.newSocket();
    Waits.on(
        server.listen(SocketAddress.domainSocketAddress(path.toString())),
        "serve at " + path,
        PATIENCE);
    call(vertx, path);
    directory.publish();
    return new ServiceSocket(directory, server);
  }

  /** Asks for a snapshot that can't be; any answer will do. */
  private static void call(Vertx vertx, Path socket) {
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    RequestOptions stat =
        new RequestOptions()
            .setServer(SocketAddress.domainSocketAddress(socket.toString()))
            .setHost("localhost")
            .setMethod(HttpMethod.POST)
            .setURI("/containerd.services.snapshots.v1.Snapshots/Stat")
            .putHeader("content-type", "application/grpc")
            .putHeader("te", "trailers");
    Buffer noMessage = Buffer.buffer(new byte[5]);
    Waits.on(
        Connecting.open(() -> client.request(stat))
            .compose(request -> request.send(noMessage))
            .compose(HttpClientResponse::end)
            .eventually(client::close),
        "answer a call at " + socket,
        PATIENCE);
  }

  /** Takes no more requests, ends those that run after a while, and gives the socket back. */
  void close(Duration longest) {
    try {
      Waits.on(
          server.shutdown(longest.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS),
          "stop serving",
          longest.plusSeconds(5));
    } catch (SluiceException e) {
      if (e.kind() != FailureKind.TIMEOUT) {
        throw e;
      }
    } finally {
      directory.close();
    }
  }
}
