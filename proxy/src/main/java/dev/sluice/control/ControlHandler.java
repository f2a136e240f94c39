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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code GET /v1/…} with JSON about the running service, and runs commands by {@code POST
 * /v1/cache/…} and {@code /v1/profile/…}, beside gRPC on the same socket. Who may open the socket
 * may ask.
 */
public final class ControlHandler implements Handler<HttpServerRequest> {
  private static final Logger LOG = LoggerFactory.getLogger(ControlHandler.class);
  private static final String PREFIX = "/v1/";
  private static final int DEADLINE_SECONDS = 10;

  private final Vertx vertx;
  private final Map<String, Callable<String>> documents;
  private final Map<String, Function<String, String>> commands;
  private final @Nullable Explainer explainer;

  /** Without commands. */
  public ControlHandler(Vertx vertx, NodeStatus node, LoadedConfiguration configuration) {
    this(vertx, node, configuration, null, Map.of());
  }

  public ControlHandler(
      Vertx vertx,
      NodeStatus node,
      LoadedConfiguration configuration,
      CacheCommands cache,
      ProfileCommands profiles,
      Explainer explainer) {
    this(
        vertx,
        node,
        configuration,
        explainer,
        Map.of(
            "cache/warm-hints", image -> CommandWriter.hints(cache.warmHints(image)),
            "cache/hints", image -> CommandWriter.hints(cache.hints(image)),
            "profile/record", image -> CommandWriter.run(profiles.record(image, false)),
            "profile/hold", image -> CommandWriter.run(profiles.record(image, true)),
            "profile/state", image -> CommandWriter.run(profiles.state(image)),
            "profile/end", image -> CommandWriter.run(profiles.end(image)),
            "cache/gc", _ -> CommandWriter.collected(cache.collect()),
            "cache/pin", reference -> CommandWriter.image(cache.pin(reference)),
            "cache/unpin", reference -> CommandWriter.image(cache.unpin(reference)),
            "cache/warm", reference -> CommandWriter.image(cache.warm(reference))));
  }

  private ControlHandler(
      Vertx vertx,
      NodeStatus node,
      LoadedConfiguration configuration,
      @Nullable Explainer explainer,
      Map<String, Function<String, String>> commands) {
    this.vertx = vertx;
    this.explainer = explainer;
    this.commands = commands;
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
    String name = path != null && path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
    Callable<String> document = name.equals("explain") ? explanation(request) : documents.get(name);
    Function<String, String> command = commands.get(name);
    if (command != null) {
      run(request, command);
    } else if (document == null) {
      fail(request, 404, FailureKind.NOT_FOUND, "there is no " + path);
    } else if (!request.method().equals(HttpMethod.GET)) {
      fail(request, 405, FailureKind.INVALID, path + " can only be read, by GET");
    } else {
      answer(request, "answer %s: ".formatted(path), document);
    }
  }

  private @Nullable Callable<String> explanation(HttpServerRequest request) {
    Explainer told = explainer;
    String subject = request.getParam("subject");
    String path = request.getParam("path");
    return told == null || subject == null
        ? null
        : () -> ExplanationJson.write(told.explain(subject, path == null ? "" : path));
  }

  private void run(HttpServerRequest request, Function<String, String> command) {
    if (!request.method().equals(HttpMethod.POST)) {
      fail(request, 405, FailureKind.INVALID, request.path() + " is a command, for POST");
      return;
    }
    String reference = request.getParam("reference");
    answer(request, "", () -> command.apply(reference == null ? "" : reference));
  }

  private void answer(HttpServerRequest request, String action, Callable<String> document) {
    vertx
        .executeBlocking(document, false)
        .timeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
        .onSuccess(json -> end(request, 200, json))
        .onFailure(cause -> failed(request, action, cause));
  }

  private static void failed(HttpServerRequest request, String action, Throwable cause) {
    FailureKind kind = SluiceException.kindOf(cause);
    if (kind == FailureKind.INTERNAL) {
      LOG.error("answer {}", request.path(), cause);
    }
    end(
        request,
        kind == FailureKind.TIMEOUT ? 504 : 500,
        StatusWriter.error(
            kind,
            action + SluiceException.describe(cause),
            cause instanceof SluiceException known ? known.advice() : null));
  }

  private static void fail(
      HttpServerRequest request, int status, FailureKind kind, String message) {
    end(request, status, StatusWriter.error(kind, message, null));
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
