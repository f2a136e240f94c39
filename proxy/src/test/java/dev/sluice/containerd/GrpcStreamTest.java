package dev.sluice.containerd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import containerd.services.snapshots.v1.StatSnapshotRequest;
import containerd.services.snapshots.v1.StatSnapshotResponse;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls of a server that answers before it has taken the request. */
final class GrpcStreamTest {
  private static final Duration BOUND = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  /** Its flow control window lets nothing of the message out, so that it is never sent. */
  @Test
  void anAnswerCountsAlthoughTheRequestIsNeverSent() throws Exception {
    String socket = serve(0);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> stat(socket))
          .isInstanceOf(SluiceException.class)
          .hasMessageContaining("no such snapshot")
          .extracting("kind")
          .isEqualTo(FailureKind.NOT_FOUND);
    }
  }

  private void stat(String socket) {
    GrpcClient client =
        GrpcClient.client(
            vertx,
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    try (GrpcStream<StatSnapshotRequest, StatSnapshotResponse> stream =
        GrpcStream.open(client, socket, Methods.STAT, Map.of(), "look", BOUND)) {
      stream.sendOnly(StatSnapshotRequest.newBuilder().setKey("none").build());
      assertThat(stream.next()).isNull();
    } finally {
      client.close();
    }
  }

  /** Answers each call as soon as its head is there. */
  private String serve(int window) throws Exception {
    Path socket = directory.resolve("s.sock");
    HttpServer server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setInitialSettings(new Http2Settings().setInitialWindowSize(window)))
            .requestHandler(request ->
                request
                    .response()
                    .putHeader("content-type", "application/grpc")
                    .putHeader("grpc-status", "5")
                    .putHeader("grpc-message", "no such snapshot")
                    .end());
    server
        .listen(SocketAddress.domainSocketAddress(socket.toString()))
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
    return socket.toString();
  }
}
