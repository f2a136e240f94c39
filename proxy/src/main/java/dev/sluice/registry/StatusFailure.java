package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns an answer with an error status into a failure. */
final class StatusFailure {
  private static final int BODY_LIMIT = 16 << 10;
  private static final int SHOWN = 200;
  private static final Pattern XML_CODE = Pattern.compile("<Code>([A-Za-z0-9]{1,64})</Code>");
  private static final Pattern QUERY = Pattern.compile("\\?\\S+");
  private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}+");

  private StatusFailure() {}

  /** Reads the answer's body; the future always fails. */
  static <T> Future<T> fail(Operation operation, Answer answer) {
    if (answer.status() == 416) {
      // Some registries promise the whole blob as the body of this answer: never read it.
      answer.abort();
      return Future.failedFuture(of(operation, answer, Buffer.buffer()));
    }
    return answer
        .body(BODY_LIMIT)
        .otherwise(Buffer.buffer())
        .compose(body -> Future.failedFuture(of(operation, answer, body)));
  }

  static SluiceException of(Operation operation, Answer answer, Buffer body) {
    int status = answer.status();
    String said = said(body);
    return operation.failure(
        kind(status),
        answer.target().origin() + " answers " + status + (said.isEmpty() ? "" : ": " + said),
        advice(status),
        null);
  }

  static FailureKind kind(int status) {
    return switch (status) {
      case 400 -> FailureKind.INVALID;
      case 401 -> FailureKind.UNAUTHORIZED;
      case 403 -> FailureKind.FORBIDDEN;
      case 404, 410 -> FailureKind.NOT_FOUND;
      case 408 -> FailureKind.TIMEOUT;
      case 416 -> FailureKind.CORRUPT;
      case 429 -> FailureKind.RATE_LIMITED;
      case 405, 501 -> FailureKind.UNSUPPORTED;
      default -> status >= 500 ? FailureKind.UNAVAILABLE : FailureKind.UNSUPPORTED;
    };
  }

  private static @org.jspecify.annotations.Nullable String advice(int status) {
    return switch (status) {
      case 401 -> "Log in to the registry, or check the credential helper.";
      case 403 -> "The user may lack the right, or the credentials may have expired.";
      case 429 -> "The registry limits requests; wait, or use a mirror.";
      default -> null;
    };
  }

  /** The registry's own words, if the body is one of the known forms. */
  static String said(Buffer body) {
    String text = body.toString();
    Matcher xml = XML_CODE.matcher(text);
    if (xml.find()) {
      return xml.group(1);
    }
    if (!text.startsWith("{")) {
      return "";
    }
    try {
      JsonArray errors = new JsonObject(text).getJsonArray("errors");
      JsonObject first = errors == null || errors.isEmpty() ? null : errors.getJsonObject(0);
      return first == null
          ? ""
          : clean(first.getString("code", "") + " " + first.getString("message", ""));
    } catch (DecodeException | ClassCastException _) {
      return "";
    }
  }

  private static String clean(String text) {
    String safe = QUERY.matcher(CONTROL.matcher(text).replaceAll(" ")).replaceAll("?…").strip();
    return safe.length() > SHOWN ? safe.substring(0, SHOWN) + "…" : safe;
  }
}
