package dev.sluice.cri;

import dev.sluice.containerd.Connecting;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** gRPC calls over UNIX sockets as HTTP/2 shows them: nothing is interpreted. */
final class RawCalls {
  private final HttpClient client;
  private final Vertx vertx;
  private final List<HttpServer> servers = new ArrayList<>();

  record Reply(
      int code,
      SortedMap<String, String> headers,
      Buffer body,
      SortedMap<String, String> trailers) {
    /** {@code grpc-status}, wherever it stood. */
    String status() {
      return trailers.getOrDefault("grpc-status", headers.getOrDefault("grpc-status", ""));
    }

    /** The only message. */
    byte[] message() {
      return body.getBytes(5, body.length());
    }
  }

  RawCalls(Vertx vertx) {
    this.vertx = vertx;
    client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
  }

  static Buffer frame(byte[] message) {
    return Buffer.buffer().appendByte((byte) 0).appendInt(message.length).appendBytes(message);
  }

  void serve(String socket, Handler<HttpServerRequest> handler) {
    HttpServer server = vertx.createHttpServer().requestHandler(handler);
    servers.add(server);
    await(server.listen(SocketAddress.domainSocketAddress(socket)));
  }

  Future<HttpClientRequest> open(String socket, String path) {
    RequestOptions options =
        new RequestOptions()
            .setServer(SocketAddress.domainSocketAddress(socket))
            .setHost("kubelet.test")
            .setPort(4711)
            .setMethod(HttpMethod.POST)
            .setURI(path);
    return Connecting.open(() -> client.request(options))
        .map(request -> {
          request.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
          return request;
        });
  }

  Reply call(String socket, String path, byte[] message) {
    return await(
        open(socket, path)
            .compose(request -> request.send(frame(message)))
            .compose(response ->
                response
                    .body()
                    .map(body ->
                        new Reply(
                            response.statusCode(),
                            sorted(response.headers()),
                            body,
                            sorted(response.trailers())))));
  }

  static SortedMap<String, String> sorted(MultiMap headers) {
    SortedMap<String, String> sorted = new TreeMap<>();
    for (Map.Entry<String, String> header : headers) {
      sorted.merge(header.getKey(), header.getValue(), (a, b) -> a + "," + b);
    }
    return sorted;
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(60, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  void close() {
    await(client.close());
    servers.forEach(server -> await(server.close()));
  }
}
