package dev.sluice.cri;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.credentials.CriCredentials;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.StreamResetException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams through the proxy, in front of a server that behaves in all the ways servers may. */
final class ForwardedCallTest {
  private static final String SERVICE = "/runtime.v1.ImageService/";

  @TempDir Path directory;
  private final Vertx vertx = Vertx.vertx();
  private final RawCalls calls = new RawCalls(vertx);
  private final CompletableFuture<Throwable> cancelled = new CompletableFuture<>();
  private final CompletableFuture<HttpServerRequest> deaf = new CompletableFuture<>();
  private final AtomicLong heard = new AtomicLong();
  private ImageServiceProxy proxy;
  private String socket;

  @BeforeEach
  void start() {
    String upstream = directory.resolve("u.sock").toString();
    calls.serve(upstream, this::answer);
    proxy = new ImageServiceProxy(vertx, upstream, new CriCredentials());
    socket = directory.resolve("p.sock").toString();
    calls.serve(socket, proxy);
  }

  @AfterEach
  void stop() {
    RawCalls.await(proxy.close());
    calls.close();
    RawCalls.await(vertx.close());
  }

  private void answer(HttpServerRequest request) {
    var response = request.response();
    switch (request.path().substring(SERVICE.length())) {
      case "Echo" -> {
        response.putHeader("x-seen", RawCalls.sorted(request.headers()).toString());
        response.putHeader("x-authority", String.valueOf(request.authority()));
        response.writeHead();
        request.handler(bytes -> {
          response.write(bytes);
          if (response.writeQueueFull()) {
            request.pause();
            response.drainHandler(_ -> request.resume());
          }
        });
        request.endHandler(_ -> {
          response.putTrailer("grpc-status", "0").putTrailer("x-after", "all");
          response.end();
        });
      }
      case "Hang" -> {
        request.handler(_ -> deaf.complete(request));
        request.exceptionHandler(cancelled::complete);
        response.exceptionHandler(cancelled::complete);
      }
      case "Deaf" -> {
        request.pause();
        request.handler(bytes -> heard.addAndGet(bytes.length()));
        request.endHandler(_ -> response.putHeader("grpc-status", "0").end());
        deaf.complete(request);
      }
      case "Reset" -> request.endHandler(_ -> response.reset(7));
      case "Cut" -> {
        response.writeHead();
        response
            .write(RawCalls.frame(new byte[] {1, 2, 3}))
            .onSuccess(_ -> request.connection().close());
      }
      case "Early" ->
          response.putHeader("grpc-status", "5").putHeader("grpc-message", "no%20such").end();
      default -> throw new AssertionError(request.path());
    }
  }

  private HttpClientRequest open(String method) {
    return RawCalls.await(calls.open(socket, SERVICE + method));
  }

  @Test
  void bothWaysAtOnceWithHeadersAndTrailers() throws Exception {
    HttpClientRequest request = open("Echo");
    request
        .putHeader("grpc-timeout", "30S")
        .putHeader("x-trace", "t-1")
        .putHeader("user-agent", "k");
    Buffer first = RawCalls.frame(new byte[1000]);
    Buffer received = Buffer.buffer();
    AtomicLong length = new AtomicLong();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    CompletableFuture<HttpClientResponse> answered = new CompletableFuture<>();
    request
        .response()
        .onSuccess(response -> {
          response.handler(bytes -> {
            received.appendBuffer(bytes);
            length.set(received.length());
          });
          response.endHandler(_ -> ended.complete(null));
          answered.complete(response);
        });
    RawCalls.await(request.write(first));
    HttpClientResponse response = answered.get(30, TimeUnit.SECONDS);
    assertThat(response.getHeader("x-seen"))
        .contains("grpc-timeout=30S")
        .contains("x-trace=t-1")
        .contains("user-agent=k")
        .contains("te=trailers")
        .contains("content-type=application/grpc");
    assertThat(response.getHeader("x-authority")).isEqualTo("kubelet.test:4711");
    // The answer to the first message comes while the request is open.
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> length.get() == first.length());
    Buffer sent = Buffer.buffer().appendBuffer(first);
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      byte[] message = new byte[100_000];
      random.nextBytes(message);
      Buffer frame = RawCalls.frame(message);
      sent.appendBuffer(frame);
      RawCalls.await(request.write(frame));
    }
    RawCalls.await(request.end());
    ended.get(60, TimeUnit.SECONDS);
    assertThat(received.equals(sent)).isTrue();
    assertThat(response.trailers().get("grpc-status")).isEqualTo("0");
    assertThat(response.trailers().get("x-after")).isEqualTo("all");
  }

  @Test
  void aCancelledCallIsCancelledUpstream() throws Exception {
    HttpClientRequest request = open("Hang");
    RawCalls.await(request.write(RawCalls.frame(new byte[10])));
    deaf.get(30, TimeUnit.SECONDS);
    request.reset(8);
    assertThat(cancelled.get(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            StreamResetException.class, reset -> assertThat(reset.getCode()).isEqualTo(8));
  }

  @Test
  void aCallIsCancelledUpstreamWhenItsConnectionBreaks() throws Exception {
    HttpClientRequest request = open("Hang");
    RawCalls.await(request.write(RawCalls.frame(new byte[10])));
    deaf.get(30, TimeUnit.SECONDS);
    request.connection().close();
    assertThat(cancelled.get(30, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void aResetGoesBack() throws Exception {
    HttpClientRequest request = open("Reset");
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    request.response().onFailure(seen::complete);
    request.end(RawCalls.frame(new byte[10]));
    assertThat(seen.get(30, TimeUnit.SECONDS))
        .isInstanceOfSatisfying(
            StreamResetException.class, reset -> assertThat(reset.getCode()).isEqualTo(7));
  }

  @Test
  void aBrokenConnectionBecomesAStatus() {
    RawCalls.Reply reply = calls.call(socket, SERVICE + "Cut", new byte[10]);
    assertThat(reply.message()).isEqualTo(new byte[] {1, 2, 3});
    assertThat(reply.status()).isEqualTo("14");
    assertThat(reply.trailers().get("grpc-message"))
        .startsWith("the connection to containerd broke");
  }

  @Test
  void anAnswerWithoutMessagesStaysOne() {
    RawCalls.Reply reply = calls.call(socket, SERVICE + "Early", new byte[10]);
    assertThat(reply.headers())
        .containsEntry("grpc-status", "5")
        .containsEntry("grpc-message", "no%20such");
    assertThat(reply.trailers()).isEmpty();
    assertThat(reply.body().length()).isZero();
  }

  @Test
  void whatIsNotReadIsNotTaken() throws Exception {
    long total = 64L << 20;
    HttpClientRequest request = open("Deaf");
    AtomicLong written = new AtomicLong();
    Buffer piece = Buffer.buffer(new byte[64 << 10]);
    CompletableFuture<HttpClientResponse> answered = new CompletableFuture<>();
    request.response().onSuccess(answered::complete).onFailure(answered::completeExceptionally);
    vertx.runOnContext(_ -> fill(request, piece, written, total));
    HttpServerRequest upstream = deaf.get(30, TimeUnit.SECONDS);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .during(Duration.ofMillis(500))
        .until(() -> request.writeQueueFull() && written.get() < total / 2);
    assertThat(heard).hasValue(0);
    upstream.resume();
    assertThat(answered.get(60, TimeUnit.SECONDS).getHeader("grpc-status")).isEqualTo("0");
    assertThat(heard).hasValue(total);
  }

  private static void fill(
      HttpClientRequest request, Buffer piece, AtomicLong written, long total) {
    while (written.get() < total) {
      if (request.writeQueueFull()) {
        request.drainHandler(_ -> fill(request, piece, written, total));
        return;
      }
      request.write(piece);
      written.addAndGet(piece.length());
    }
    request.end();
  }
}
