package dev.sluice.control;

import dev.sluice.config.LoadedConfiguration;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /v1/…} with JSON about the running service, beside gRPC on the same socket.
 * Who may open the socket may ask.
 */
public final class ControlHandler implements Handler<HttpServerRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);
  private static final String PREFIX = "/v1/";
  private static final int DEADLINE_SECONDS = 10;

  private final Vertx vertx;
  private final Map<String, Callable<String>> documents;

  public ControlHandler(Vertx vertx, NodeStatus node, LoadedConfiguration configuration) {
    this.vertx = vertx;
    this.documents =
        Map.of(
            "version", () -> StatusWriter.service(node.service()),
            "images", () -> StatusWriter.images(node.images()),
            "layers", () -> StatusWriter.layers(node.layers()),
            "mounts", () -> StatusWriter.mounts(node.mounts()),
            "cache", () -> StatusWriter.cache(node.cache()),
            "config", () -> StatusWriter.configuration(configuration));
  }

  /** Whether a request is for this handler; all others on the socket are gRPC. */
  public static boolean accepts(HttpServerRequest request) {
    String type = request.getHeader("Content-Type");
    return type == null || !type.startsWith("application/grpc");
  }

  @Override
  public void handle(HttpServerRequest request) {
    String path = request.path();
    Callable<String> document =
        path != null && path.startsWith(PREFIX)
            ? documents.get(path.substring(PREFIX.length()))
            : null;
    if (document == null) {
      fail(request, 404, FailureKind.NOT_FOUND, "there is no " + path);
    } else if (!request.method().equals(HttpMethod.GET)) {
      fail(request, 405, FailureKind.INVALID, path + " can only be read, by GET");
    } else {
      vertx
          .executeBlocking(document, false)
          .timeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
          .onSuccess(json -> end(request, 200, json))
          .onFailure(cause -> failed(request, cause));
    }
  }

  private static void failed(HttpServerRequest request, Throwable cause) {
    FailureKind kind = SluiceException.kindOf(cause);
    if (kind == FailureKind.INTERNAL) {
      LOG.error("answer {}", request.path(), cause);
    }
    fail(
        request,
        kind == FailureKind.TIMEOUT ? 504 : 500,
        kind,
        "answer %s: %s".formatted(request.path(), SluiceException.describe(cause)));
  }

  private static void fail(
      HttpServerRequest request, int status, FailureKind kind, String message) {
    end(request, status, StatusWriter.error(kind, message));
  }

  private static void end(HttpServerRequest request, int status, String json) {
    // A client that has gone makes this fail; nobody is left to be told.
    request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(json + "\n");
  }
}
