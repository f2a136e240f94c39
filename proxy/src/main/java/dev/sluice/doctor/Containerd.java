package dev.sluice.doctor;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Asks a containerd for its version: one gRPC call, written by hand. */
final class Containerd {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /** One byte of flags and four of length before each message; this one is empty. */
  private static final Buffer EMPTY_MESSAGE = Buffer.buffer(new byte[5]);

  private static final int FIELD_VERSION = 0x0a;

  private Containerd() {}

  /** The version, e.g. {@code 1.7.28}; fails if the socket doesn't answer as containerd does. */
  static Future<String> version(Vertx vertx, Path socket) {
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    return client
        .request(
            new RequestOptions()
                .setServer(SocketAddress.domainSocketAddress(socket.toString()))
                .setMethod(HttpMethod.POST)
                .setHost("localhost")
                .setURI("/containerd.services.version.v1.Version/Version")
                .putHeader("content-type", "application/grpc")
                .putHeader("te", "trailers"))
        .compose(request -> request.send(EMPTY_MESSAGE))
        .compose(response -> response.body())
        .map(Containerd::parse)
        .timeout(DEADLINE.toMillis(), TimeUnit.MILLISECONDS)
        .eventually(client::close);
  }

  /** Field 1 of the answer's message. */
  private static String parse(Buffer body) {
    int at = EMPTY_MESSAGE.length();
    if (body.length() < at + 2 || body.getByte(at) != FIELD_VERSION) {
      throw new IllegalStateException("it doesn't answer as containerd does");
    }
    int length = body.getByte(at + 1);
    if (length < 0 || at + 2 + length > body.length()) {
      throw new IllegalStateException("its answer is cut off");
    }
    return body.getString(at + 2, at + 2 + length, StandardCharsets.UTF_8.name())
        .replaceFirst("^v", "");
  }
}
