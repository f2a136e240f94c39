package dev.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.cache.CacheStats;
import dev.sluice.config.Configuration;
import dev.sluice.config.ConfigurationLoader;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControlTest {
  private static final Instant THEN = Instant.parse("2026-11-23T18:00:00.123456789Z");
  private static final ImageStatus IMAGE =
      new ImageStatus(
          "r/app:\"1\"", "sha256:1", 5, 4, 1, 2, 3, 8, 6, 7, "filling", true, true, THEN);
  private static final LayerStatus LAZY =
      new LayerStatus(
          9,
          "r/app:1",
          "sha256:a",
          true,
          1,
          2,
          3,
          6,
          7,
          "sha256:i",
          4,
          5,
          "why",
          "failed",
          "no",
          "fuse",
          "no EROFS",
          THEN);
  private static final LayerStatus WHOLE =
      new LayerStatus(
          8,
          "r/app:1",
          "sha256:b",
          false,
          1,
          2,
          3,
          0,
          0,
          null,
          0,
          0,
          null,
          null,
          null,
          null,
          null,
          THEN);
  private static final MountStatus MOUNT =
      new MountStatus(10, "k8s.io/3/abc", true, "r/app:1", 5, 4, THEN);
  private static final ServiceStatus SERVICE =
      new ServiceStatus("1.2.3", 42, THEN, "/srv", "a process of its own");
  private static final CacheStatus CACHE =
      new CacheStatus(
          1000,
          2000,
          new CacheStats(
              1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24,
              25, true));

  private final Vertx vertx = Vertx.vertx();
  private final ControlHandler handler =
      new ControlHandler(vertx, new Node(), ConfigurationLoader.defaults());
  private @TempDir Path directory;
  private Path socket;
  private HttpServer server;

  private static final class Node implements NodeStatus {
    @Override
    public ServiceStatus service() {
      return SERVICE;
    }

    @Override
    public List<ImageStatus> images() {
      return List.of(IMAGE);
    }

    @Override
    public List<LayerStatus> layers() {
      return List.of(LAZY, WHOLE);
    }

    @Override
    public List<MountStatus> mounts() {
      return List.of(MOUNT);
    }

    @Override
    public CacheStatus cache() {
      return CACHE;
    }
  }

  @BeforeEach
  void listen() throws Exception {
    socket = directory.resolve("s.sock");
    server = vertx.createHttpServer().requestHandler(handler);
    server
        .listen(SocketAddress.domainSocketAddress(socket.toString()))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void whatTheServiceSaysArrivesUnchanged() {
    ControlClient client = new ControlClient(socket);
    assertThat(client.service()).isEqualTo(SERVICE);
    assertThat(client.images()).containsExactly(IMAGE);
    assertThat(client.layers()).containsExactly(LAZY, WHOLE);
    assertThat(client.mounts()).containsExactly(MOUNT);
    assertThat(client.cache()).isEqualTo(CACHE);
    assertThat(client.cache().hitRatio()).isEqualTo(0.3);
    assertThat(client.configuration()).isEqualTo(ConfigurationLoader.defaults().dump());
    assertThat(Configuration.defaults().root()).isEqualTo(Path.of("/var/lib/sluice"));
  }

  @Test
  void anyHttpClientGetsJson() throws Exception {
    var client = vertx.createHttpClient();
    var options =
        new io.vertx.core.http.RequestOptions()
            .setServer(SocketAddress.domainSocketAddress(socket.toString()))
            .setHost("localhost")
            .setURI("/v1/nothing");
    var body =
        client
            .request(options)
            .compose(request -> request.send())
            .compose(response -> {
              assertThat(response.statusCode()).isEqualTo(404);
              assertThat(response.getHeader("Content-Type")).isEqualTo("application/json");
              return response.body();
            });
    assertThat(body.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS).toString())
        .isEqualTo(
            "{\"error\":{\"kind\":\"not_found\",\"message\":\"there is no /v1/nothing\"}}\n");
    var post =
        client
            .request(options.setURI("/v1/images").setMethod(HttpMethod.POST))
            .compose(request -> request.send());
    assertThat(
            post.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS).statusCode())
        .isEqualTo(405);
  }

  private void fails(ThrowingCallable act, FailureKind kind, String message, String advice) {
    assertThatThrownBy(act)
        .isInstanceOfSatisfying(
            SluiceException.class,
            e -> {
              assertThat(e).hasMessageContaining(message);
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(String.valueOf(e.advice())).contains(advice);
            });
  }

  @Test
  void aFailureOfTheServiceKeepsItsKind() throws Exception {
    Path other = directory.resolve("o.sock");
    NodeStatus failing =
        new NodeStatus() {
          @Override
          public ServiceStatus service() {
            throw new SluiceException(FailureKind.EXHAUSTED, "no more \"room\"");
          }

          @Override
          public List<ImageStatus> images() {
            throw new IllegalStateException("bug");
          }

          @Override
          public List<LayerStatus> layers() {
            return List.of();
          }

          @Override
          public List<MountStatus> mounts() {
            return List.of();
          }

          @Override
          public CacheStatus cache() {
            return CACHE;
          }
        };
    vertx
        .createHttpServer()
        .requestHandler(new ControlHandler(vertx, failing, ConfigurationLoader.defaults()))
        .listen(SocketAddress.domainSocketAddress(other.toString()))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    ControlClient client = new ControlClient(other);
    fails(client::service, FailureKind.EXHAUSTED, "no more \"room\"", "");
    fails(client::images, FailureKind.INTERNAL, "bug", "");
    assertThat(client.layers()).isEmpty();
  }

  @Test
  void saysHowToStartAServiceThatDoesNotRun() throws Exception {
    fails(
        new ControlClient(directory.resolve("none.sock"))::images,
        FailureKind.UNAVAILABLE,
        "it is not running, there is no socket",
        "systemctl start sluice");
    Path dead = directory.resolve("dead.sock");
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(dead));
    }
    fails(
        new ControlClient(dead)::images,
        FailureKind.UNAVAILABLE,
        "nobody listens",
        "systemctl start sluice");
    Path file = Files.writeString(directory.resolve("file"), "x");
    fails(new ControlClient(file)::images, FailureKind.INVALID, "is no socket", "--address");
  }

  @Test
  void givesUpOnOneThatDoesNotAnswer() throws Exception {
    Path silent = directory.resolve("silent.sock");
    try (ServerSocketChannel listening = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listening.bind(UnixDomainSocketAddress.of(silent));
      fails(
          new ControlClient(silent, Duration.ofMillis(50))::images,
          FailureKind.TIMEOUT,
          "no answer within",
          "journalctl");
    }
  }

  @Test
  void tellsSomethingElseFromTheService() throws Exception {
    Path other = directory.resolve("other.sock");
    vertx
        .createNetServer()
        .connectHandler(
            connection -> connection.handler(_ -> connection.end(Buffer.buffer("hello\n"))))
        .listen(SocketAddress.domainSocketAddress(other.toString()))
        .toCompletionStage()
        .toCompletableFuture()
        .get(10, TimeUnit.SECONDS);
    fails(
        new ControlClient(other)::images,
        FailureKind.UNSUPPORTED,
        "doesn't speak HTTP/1",
        "--address");
  }
}
