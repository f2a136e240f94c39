package dev.sluice.embedded;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Asks each request who sends it, and runs the token endpoint. */
final class Gatekeeper {
  private final Access access;
  private final String origin;
  private final Map<String, Token> tokens = new HashMap<>();
  private final String refreshToken = UUID.randomUUID().toString();

  private record Token(String scope, long expiresAtNanos) {}

  Gatekeeper(Access access, String origin) {
    this.access = access;
    this.origin = origin;
  }

  /** What a user may give the token endpoint instead of a password. */
  String refreshToken() {
    return refreshToken;
  }

  void forgetTokens() {
    tokens.clear();
  }

  /** Whether the request may go on; else it has been answered with a challenge. */
  boolean admits(Route route, Reply reply) {
    HttpServerRequest request = reply.request;
    String header = request.getHeader("Authorization");
    switch (access) {
      case Access.Open _ -> {
        return true;
      }
      case Access.Basic(String user, String password) -> {
        if (basic(user, password).equals(header)) {
          return true;
        }
        reply.header("WWW-Authenticate", "Basic realm=\"embedded, \\\"registry\\\"\"");
      }
      case Access.Bearer _ -> {
        String need = need(route, request.method());
        String problem = problem(header, need);
        if (problem == null) {
          return true;
        }
        String error = problem.isEmpty() ? "" : ",error=\"" + problem + "\"";
        String scope = need.isEmpty() ? "" : ",scope=\"" + need + "\"";
        reply.header(
            "WWW-Authenticate",
            "Bearer realm=\"" + origin + "/token\",service=\"embedded\"" + scope + error);
      }
    }
    reply.error(401, "UNAUTHORIZED", "authentication required");
    return false;
  }

  /** Answers the token endpoint. */
  void token(Reply reply) {
    HttpServerRequest request = reply.request;
    if (!(access instanceof Access.Bearer bearer)) {
      reply.error(404, "UNSUPPORTED", "no tokens here");
    } else if (request.method().equals(HttpMethod.GET)) {
      String header = request.getHeader("Authorization");
      boolean known = basic(bearer.user(), bearer.password()).equals(header);
      issue(
          reply, bearer, known, header == null, String.join(" ", request.params().getAll("scope")));
    } else if (!bearer.post()) {
      reply.error(405, "UNSUPPORTED", "no POST here");
    } else {
      request.setExpectMultipart(true);
      request
          .end()
          .onSuccess(_ -> {
            var form = request.formAttributes();
            boolean known =
                "password".equals(form.get("grant_type"))
                    ? bearer.user().equals(form.get("username"))
                        && bearer.password().equals(form.get("password"))
                    : refreshToken.equals(form.get("refresh_token"));
            issue(reply, bearer, known, false, String.valueOf(form.get("scope")));
          });
    }
  }

  private void issue(
      Reply reply, Access.Bearer bearer, boolean known, boolean anonymous, String scope) {
    boolean pullOnly = !scope.contains("push");
    if (!known && !(anonymous && bearer.anonymousPull() && pullOnly)) {
      reply.error(401, "UNAUTHORIZED", "wrong user or password");
      return;
    }
    String token = UUID.randomUUID().toString();
    long life = bearer.tokenLife().toNanos();
    tokens.put(token, new Token(scope, System.nanoTime() + life));
    reply.json(
        200,
        new JsonObject().put("token", token).put("expires_in", bearer.tokenLife().toSeconds()));
  }

  /** Null if the header will do, {@code ""} if there is none, else the code of the error. */
  private @Nullable String problem(@Nullable String header, String need) {
    if (header == null) {
      return "";
    }
    Token token = header.startsWith("Bearer ") ? tokens.get(header.substring(7)) : null;
    if (token == null || token.expiresAtNanos() - System.nanoTime() < 0) {
      return "invalid_token";
    }
    String right = need.substring(need.lastIndexOf(':') + 1);
    String resource = need.substring(0, need.length() - right.length());
    for (String scope : token.scope().split(" ", -1)) {
      if (scope.startsWith(resource)
          && scope.contains(right.equals("pull,push") ? "push" : right)) {
        return null;
      }
    }
    return "insufficient_scope";
  }

  private static String need(Route route, HttpMethod method) {
    if (route.repository().isEmpty()) {
      return "";
    }
    boolean read = method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
    return "repository:" + route.repository() + (read ? ":pull" : ":pull,push");
  }

  static String basic(String user, String password) {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }
}
