package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/**
 * Sends one request and brings the head of its answer, in bounded time. Knows nothing of
 * credentials, redirects and retries.
 */
final class Transport {
  private final Vertx vertx;
  private final RegistryOptions options;
  private final String userAgent;
  private final Proxies proxies;
  private final Pools pools;

  Transport(Vertx vertx, RegistryOptions options) {
    this.vertx = vertx;
    this.options = options;
    String version = Transport.class.getPackage().getImplementationVersion();
    userAgent = "sluice/" + (version == null ? "dev" : version);
    proxies = new Proxies(options.environment());
    pools = new Pools(vertx, options);
  }

  Future<HttpClient> pool(Target target) {
    return pools.get(target.origin(), target.reach());
  }

  Proxies proxies() {
    return proxies;
  }

  String userAgent() {
    return userAgent;
  }

  /** Sends a request without a body. */
  Future<Answer> send(Operation operation, HttpMethod method, Target target, MultiMap headers) {
    return open(operation, method, target, headers)
        .compose(request -> answer(operation, target, request, request.send(), true));
  }

  /** Sends a request with a body from memory. */
  Future<Answer> send(
      Operation operation, HttpMethod method, Target target, MultiMap headers, Buffer body) {
    return open(operation, method, target, headers)
        .compose(request -> answer(operation, target, request, request.send(body), true));
  }

  /** Sends a request whose body comes piece by piece; {@code length} bytes in all. */
  Future<Answer> send(
      Operation operation,
      HttpMethod method,
      Target target,
      MultiMap headers,
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
      Operation operation, HttpMethod method, Target target, MultiMap headers) {
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
        .here(pool(target))
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
    Duration patience = operation.patience(options.timeouts().answer());
    long timer =
        timed
            ? vertx.setTimer(
                Math.max(1, patience.toMillis()),
                _ -> {
                  operation.gaveUp();
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
    return pools.close();
  }
}
