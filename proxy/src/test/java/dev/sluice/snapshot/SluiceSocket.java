package dev.sluice.snapshot;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import java.nio.file.Path;
import java.time.Duration;

/** Our snapshotter behind a socket. */
final class SluiceSocket implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final OverlaySnapshotter snapshotter;
  private final SnapshotService service;
  private final HttpServer server;
  private final Path socket;

  SluiceSocket(Path directory, LayerSource source) {
    this(directory, source, SnapshotObserver.NONE);
  }

  SluiceSocket(Path directory, LayerSource source, SnapshotObserver observer) {
    snapshotter = OverlaySnapshotter.open(directory.resolve("root"), source, observer);
    snapshotter.restoreAll().join();
    service = new SnapshotService(vertx, snapshotter, observer, directory.resolve("root"));
    var options = new GrpcServerOptions().setMaxMessageSize(SnapshotService.MAX_MESSAGE_BYTES);
    GrpcServer grpc = GrpcServer.server(vertx, options);
    service.register(grpc);
    socket = directory.resolve("sluice.sock");
    server = vertx.createHttpServer().requestHandler(grpc);
    SnapshotsClient.await(server.listen(SocketAddress.domainSocketAddress(socket.toString())));
  }

  Path socket() {
    return socket;
  }

  OverlaySnapshotter snapshotter() {
    return snapshotter;
  }

  @Override
  public void close() {
    SnapshotsClient.await(server.close());
    service.close(Duration.ofSeconds(30));
    snapshotter.close();
    SnapshotsClient.await(vertx.close());
  }
}
