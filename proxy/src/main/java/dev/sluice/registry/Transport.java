package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connection pools: sends one request and brings the head of its answer, in bounded time. Knows
 * nothing of credentials, redirects and retries.
 */
final class Transport {
  private static final int CHUNK_BYTES = 64 << 10;
  private static final int HEADER_BYTES = 64 << 10;
  private static final int HTTP2_CONNECTIONS = 4;
  private static final int HTTP2_STREAMS_PER_CONNECTION = 16;
  private static final int HTTP2_STREAM_WINDOW = 4 << 20;
  private static final int HTTP2_CONNECTION_WINDOW = 64 << 20;
  private static final int WAITING_REQUESTS = 10_000;
  private static final int KEEP_ALIVE_SECONDS = 30;

  private final Vertx vertx;
  private final RegistryOptions options;
  private final String userAgent;
  private final Proxies proxies;
  // Held here for the client's life: a collected HttpClient closes its connections silently.
  private final HttpClient plain;
  private @Nullable Future<HttpClient> tls;

  Transport(Vertx vertx, RegistryOptions options) {
    this.vertx = vertx;
    this.options = options;
    String version = Transport.class.getPackage().getImplementationVersion();
    userAgent = "sluice/" + (version == null ? "dev" : version);
    proxies = new Proxies(options.environment());
    plain = vertx.httpClientBuilder().with(http()).with(pools()).build();
    if (!options.neverTls()) {
      // A head start; whoever needs it sees its failure.
      startTls();
    }
  }

  private HttpClientOptions http() {
    return new HttpClientOptions()
        .setConnectTimeout((int) options.timeouts().connect().toMillis())
        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setHttp2KeepAliveTimeout(KEEP_ALIVE_SECONDS)
        .setMaxChunkSize(CHUNK_BYTES)
        .setMaxHeaderSize(HEADER_BYTES)
        .setTcpNoDelay(true)
        .setDecompressionSupported(false);
  }

  private PoolOptions pools() {
    return new PoolOptions()
        .setHttp1MaxSize(options.connectionsPerOrigin())
        .setHttp2MaxSize(HTTP2_CONNECTIONS)
        .setMaxWaitQueueSize(WAITING_REQUESTS);
  }

  private HttpClient tls(Tls material) {
    HttpClientOptions http =
        http()
            .setSsl(true)
            .setVerifyHost(true)
            .setSslHandshakeTimeout(options.timeouts().connect().toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS)
            .setTrustOptions(material.trust());
    if (material.identity() != null) {
      http.setKeyCertOptions(material.identity());
    }
    if (material.engine() != null) {
      http.setSslEngineOptions(material.engine());
    }
    if (options.http2()) {
      http.setUseAlpn(true)
          .setProtocolVersion(HttpVersion.HTTP_2)
          .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
          .setHttp2MultiplexingLimit(HTTP2_STREAMS_PER_CONNECTION)
          .setHttp2ConnectionWindowSize(HTTP2_CONNECTION_WINDOW)
          .setInitialSettings(
              new Http2Settings()
                  .setInitialWindowSize(HTTP2_STREAM_WINDOW)
                  .setMaxFrameSize(CHUNK_BYTES)
                  .setMaxHeaderListSize(HEADER_BYTES));
    }
    return vertx.httpClientBuilder().with(http).with(pools()).build();
  }

  /** The pool for an origin. A trust store that could not be read is read again. */
  synchronized Future<HttpClient> pool(HttpOrigin origin) {
    if (!origin.tls()) {
      return Future.succeededFuture(plain);
    }
    return tls == null || tls.failed() ? startTls() : tls;
  }

  private synchronized Future<HttpClient> startTls() {
    Future<HttpClient> started =
        vertx
            .<Tls>executeBlocking(() -> Tls.load(options), false)
            .map(material -> tls(Objects.requireNonNull(material)));
    tls = started;
    return started;
  }

  Proxies proxies() {
    return proxies;
  }

  String userAgent() {
    return userAgent;
  }

  /** Sends a request without a body. */
  Future<Answer> send(
      Operation operation, HttpMethod method, Target target, Map<String, String> headers) {
    return open(operation, method, target, headers)
        .compose(request -> answer(operation, target, request, request.send(), true));
  }

  /** Sends a request with a body from memory. */
  Future<Answer> send(
      Operation operation,
      HttpMethod method,
      Target target,
      Map<String, String> headers,
      Buffer body) {
    return open(operation, method, target, headers)
        .compose(request -> answer(operation, target, request, request.send(body), true));
  }

  /** Sends a request whose body comes piece by piece; {@code length} bytes in all. */
  Future<Answer> send(
      Operation operation,
      HttpMethod method,
      Target target,
      Map<String, String> headers,
      WatchedBody body,
      long length) {
    return open(operation, method, target, headers)
        .compose(request -> {
          request.putHeader("Content-Length", Long.toString(length));
          body.onStall(
              options.timeouts().stall(),
              vertx,
              () ->
                  request.reset(
                      0, operation.failure(FailureKind.TIMEOUT, "the server takes no more bytes")));
          return answer(operation, target, request, request.send(body), false);
        });
  }

  private Future<HttpClientRequest> open(
      Operation operation, HttpMethod method, Target target, Map<String, String> headers) {
    HttpOrigin origin = target.origin();
    RequestOptions request =
        new RequestOptions()
            .setMethod(method)
            .setHost(origin.host())
            .setPort(origin.port())
            .setSsl(origin.tls())
            .setURI(target.uri())
            .setFollowRedirects(false)
            .setProxyOptions(proxies.forOrigin(origin))
            .setConnectTimeout(Math.max(1, operation.left().toMillis()));
    MultiMap all = MultiMap.caseInsensitiveMultiMap().add("User-Agent", userAgent);
    request.setHeaders(all.addAll(headers));
    return operation
        .here(pool(origin))
        .compose(pool -> pool.request(request))
        .onSuccess(operation::opened)
        .recover(failure -> Future.failedFuture(atOrigin(operation, origin, failure)));
  }

  private Future<Answer> answer(
      Operation operation,
      Target target,
      HttpClientRequest request,
      Future<HttpClientResponse> head,
      boolean timed) {
    long start = System.nanoTime();
    Promise<Answer> answer = Promise.promise();
    Duration patience = options.timeouts().answer();
    long timer =
        timed
            ? vertx.setTimer(
                Math.max(1, patience.toMillis()),
                _ -> {
                  answer.tryFail(
                      operation.failure(
                          FailureKind.TIMEOUT,
                          target.origin() + " didn't answer in " + patience.toMillis() + " ms"));
                  request.reset();
                })
            : -1;
    head.onComplete(done -> {
      vertx.cancelTimer(timer);
      if (done.succeeded()) {
        HttpClientResponse response = done.result();
        Answer it =
            new Answer(
                vertx,
                operation,
                response,
                target,
                options.timeouts().stall(),
                options.observer(),
                start);
        if (!answer.tryComplete(it)) {
          it.abort();
        }
      } else {
        operation.closed(request);
        options
            .observer()
            .requestFinished(
                request.getMethod().name(), 0, 0, Duration.ofNanos(System.nanoTime() - start));
        answer.tryFail(atOrigin(operation, target.origin(), done.cause()));
      }
    });
    return answer.future();
  }

  private static Throwable atOrigin(Operation operation, HttpOrigin origin, Throwable failure) {
    return Failures.of(operation, origin, failure);
  }

  Future<Void> close() {
    Future<HttpClient> secure;
    synchronized (this) {
      secure = tls;
    }
    Future<Void> closed = plain.close();
    return secure == null
        ? closed
        : closed.eventually(() -> secure.compose(HttpClient::close).otherwiseEmpty());
  }
}
