package dev.sluice.metrics;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * Serves {@code /metrics}, {@code /livez}, {@code /readyz}, {@code /healthz} and {@code /version}
 * over HTTP.
 */
public final class MetricsServer {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS = "application/openmetrics-text";

  private final Vertx vertx;
  private final PrometheusMeterRegistry registry;
  private final String version;
  private final Map<String, BooleanSupplier> readiness = new ConcurrentHashMap<>();
  private final HttpServer server;

  public MetricsServer(Vertx vertx, PrometheusMeterRegistry registry, String version) {
    this.vertx = vertx;
    this.registry = registry;
    this.version = version;
    this.server = vertx.createHttpServer().requestHandler(this::handle);
  }

  /** Adds a condition without which the service is not ready. */
  public void requireForReady(String name, BooleanSupplier condition) {
    readiness.put(name, condition);
  }

  /**
   * Listens at {@code host:port}, {@code :port} or {@code port}; without a host on loopback. Gives
   * the port.
   *
   * @throws SluiceException INVALID if the address can't be read
   */
  public Future<Integer> listen(String address) {
    int colon = address.lastIndexOf(':');
    String host = colon <= 0 ? "127.0.0.1" : address.substring(0, colon);
    int port = port(address, address.substring(colon + 1));
    return server
        .listen(port, host)
        .map(HttpServer::actualPort)
        .recover(cause ->
            Future.failedFuture(
                new SluiceException(
                    FailureKind.LOCAL_IO,
                    "serve metrics at " + address + ": " + cause.getMessage(),
                    "choose another address with --metrics",
                    cause)));
  }

  private static int port(String address, String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port <= 65535) {
        return port;
      }
    } catch (NumberFormatException e) {
      // Said below, as for a number out of range.
    }
    throw new SluiceException(
        FailureKind.INVALID,
        "metrics address '" + address + "' has no port",
        "write it as HOST:PORT, e.g. 127.0.0.1:9464",
        null);
  }

  public Future<Void> close() {
    return server.close();
  }

  private void handle(HttpServerRequest request) {
    String path = request.path();
    switch (path == null ? "/" : path) {
      case "/metrics" -> scrape(request);
      case "/livez", "/healthz" -> answer(request, 200, "ok\n");
      case "/readyz" -> ready(request);
      case "/version" -> answer(request, 200, version + "\n");
      default -> answer(request, 404, "try /metrics, /livez, /readyz or /version\n");
    }
  }

  private void scrape(HttpServerRequest request) {
    String accept = request.getHeader("Accept");
    String type =
        accept != null && accept.contains(OPEN_METRICS)
            ? OPEN_METRICS + "; version=1.0.0; charset=utf-8"
            : TEXT;
    vertx
        .executeBlocking(() -> registry.scrape(type), false)
        .onSuccess(text -> request.response().putHeader("Content-Type", type).end(text))
        .onFailure(cause -> answer(request, 500, "scrape: " + cause.getMessage() + "\n"));
  }

  private void ready(HttpServerRequest request) {
    StringBuilder lines = new StringBuilder();
    boolean all = true;
    for (Map.Entry<String, BooleanSupplier> each : new TreeMap<>(readiness).entrySet()) {
      boolean holds = each.getValue().getAsBoolean();
      all &= holds;
      lines.append(holds ? "[+] " : "[-] ").append(each.getKey()).append('\n');
    }
    boolean verbose = request.params().contains("verbose");
    String state = all ? "ok\n" : "not ready\n";
    answer(request, all ? 200 : 503, verbose || !all ? lines + state : state);
  }

  private static void answer(HttpServerRequest request, int status, String body) {
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "text/plain; charset=utf-8")
        .end(body);
  }
}
