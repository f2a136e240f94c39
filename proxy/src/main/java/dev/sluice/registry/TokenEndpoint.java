package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Asks token endpoints for tokens: by POST with a secret, by GET without one or where POST is not
 * known.
 */
final class TokenEndpoint {
  private static final Duration BOUND = Duration.ofSeconds(30);
  private static final Duration DEFAULT_LIFE = Duration.ofSeconds(60);
  private static final Duration LONGEST_LIFE = Duration.ofHours(24);
  private static final Set<Integer> POST_NOT_KNOWN = Set.of(400, 401, 404, 405);
  private static final int MOST_REALMS = 1024;
  private static final String CLIENT_ID = "sluice";

  private final Vertx vertx;
  private final Loops loops;
  private final Transport transport;
  private final Retrier retrier;
  private final HostGate gate;
  private final CachedCredentials credentials;
  private final RegistryOptions options;
  private final RecentSet<Target> withoutPost = new RecentSet<>(MOST_REALMS);

  TokenEndpoint(
      Vertx vertx,
      Loops loops,
      Transport transport,
      Retrier retrier,
      HostGate gate,
      CachedCredentials credentials,
      RegistryOptions options) {
    this.vertx = vertx;
    this.loops = loops;
    this.transport = transport;
    this.retrier = retrier;
    this.gate = gate;
    this.credentials = credentials;
    this.options = options;
  }

  Future<Token> token(TokenKey key, Repository repository) {
    String what = "get a token for " + repository + " from " + key.realm();
    return Operation.run(
            vertx,
            loops.next(),
            what,
            BOUND,
            operation ->
                key.registry().backed()
                    ? attempt(operation, key, repository)
                    : retrier.retry(operation, () -> attempt(operation, key, repository)))
        .onComplete(done -> options.observer().tokenRefreshed(done.succeeded()));
  }

  private Future<Token> attempt(Operation operation, TokenKey key, Repository repository) {
    HttpOrigin origin = key.realm().origin();
    if (key.registry().backed() && gate.isClosed(origin)) {
      return Future.failedFuture(
          operation.failure(FailureKind.RATE_LIMITED, origin + " asks to wait"));
    }
    return gate.pass(operation, origin)
        .compose(_ -> operation.here(credentials.get(repository)))
        .compose(shown ->
            ask(operation, key, shown)
                .recover(refusal -> renewed(operation, key, repository, shown, refusal)));
  }

  /** Asks once more if the credentials have changed since they were looked up. */
  private Future<Token> renewed(
      Operation operation,
      TokenKey key,
      Repository repository,
      Credentials shown,
      Throwable refusal) {
    FailureKind kind = SluiceException.kindOf(refusal);
    if (kind != FailureKind.UNAUTHORIZED && kind != FailureKind.FORBIDDEN) {
      return Future.failedFuture(refusal);
    }
    return operation
        .here(credentials.fresh(repository))
        .compose(fresh ->
            fresh.equals(shown) ? Future.failedFuture(refusal) : ask(operation, key, fresh));
  }

  private Future<Token> ask(Operation operation, TokenKey key, Credentials shown) {
    return switch (shown) {
      case Credentials.RegistryToken(String value) ->
          Future.succeededFuture(new Token(value, System.nanoTime(), LONGEST_LIFE));
      case Credentials.None _ -> get(operation, key, null);
      case Credentials.IdentityToken(String token) ->
          post(operation, key, form(key, "refresh_token").set("refresh_token", token))
              .compose(answer -> token(operation, key, answer));
      case Credentials.Password password when withoutPost.contains(key.realm()) ->
          get(operation, key, password);
      case Credentials.Password(String user, String secret) ->
          post(operation, key, form(key, "password").set("username", user).set("password", secret))
              .compose(answer -> {
                if (!POST_NOT_KNOWN.contains(answer.statusCode())) {
                  return token(operation, key, answer);
                }
                if (answer.statusCode() == 404 || answer.statusCode() == 405) {
                  withoutPost.add(key.realm());
                }
                return get(operation, key, shown);
              });
    };
  }

  private static MultiMap form(TokenKey key, String grant) {
    return MultiMap.caseInsensitiveMultiMap()
        .set("grant_type", grant)
        .set("service", key.service())
        .set("client_id", CLIENT_ID)
        .set("scope", String.join(" ", key.scopes()));
  }

  private Future<HttpResponse<Buffer>> post(Operation operation, TokenKey key, MultiMap form) {
    return request(operation, HttpMethod.POST, key)
        .compose(request -> sent(operation, key, request.sendForm(form)));
  }

  private Future<Token> get(Operation operation, TokenKey key, @Nullable Credentials shown) {
    return request(operation, HttpMethod.GET, key)
        .compose(request -> {
          if (!key.service().isEmpty()) {
            request.addQueryParam("service", key.service());
          }
          key.scopes().forEach(scope -> request.addQueryParam("scope", scope));
          request.addQueryParam("client_id", CLIENT_ID);
          String basic = shown == null ? null : Authorizer.basic(shown);
          if (basic != null) {
            request.putHeader("Authorization", basic);
          }
          return sent(operation, key, request.send());
        })
        .compose(answer -> token(operation, key, answer));
  }

  private Future<HttpRequest<Buffer>> request(
      Operation operation, HttpMethod method, TokenKey key) {
    HttpOrigin origin = key.realm().origin();
    RequestOptions place =
        new RequestOptions()
            .setHost(origin.host())
            .setPort(origin.port())
            .setSsl(origin.tls())
            .setProxyOptions(transport.proxies().forOrigin(origin))
            .setURI(key.realm().uri());
    WebClientOptions web =
        new WebClientOptions().setFollowRedirects(false).setUserAgent(transport.userAgent());
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    key.registry().headers().forEach(headers::set);
    long patience = Math.min(options.timeouts().answer().toMillis(), operation.left().toMillis());
    return operation
        .here(transport.pool(key.realm()))
        .map(pool ->
            WebClient.wrap(pool, web)
                .request(method, place)
                .putHeaders(headers)
                .as(new BoundedCodec(operation))
                .timeout(Math.max(1, patience)));
  }

  private Future<HttpResponse<Buffer>> sent(
      Operation operation, TokenKey key, Future<HttpResponse<Buffer>> answer) {
    long start = System.nanoTime();
    return answer
        .onComplete(done -> {
          int bytes =
              done.succeeded() && done.result().body() != null ? done.result().body().length() : 0;
          options.observer().received(bytes);
          options
              .observer()
              .requestFinished(
                  "TOKEN",
                  done.succeeded() ? done.result().statusCode() / 100 : 0,
                  bytes,
                  Duration.ofNanos(System.nanoTime() - start));
        })
        .recover(cause -> Future.failedFuture(Failures.of(operation, key.realm().origin(), cause)));
  }

  private Future<Token> token(Operation operation, TokenKey key, HttpResponse<Buffer> answer) {
    int status = answer.statusCode();
    if (status != 200) {
      return Future.failedFuture(refusal(operation, key, answer));
    }
    try {
      JsonObject body = answer.body() == null ? new JsonObject() : answer.body().toJsonObject();
      String value = body.getString("access_token", "");
      if (value.isEmpty()) {
        value = body.getString("token", "");
      }
      if (value.isEmpty() || value.chars().anyMatch(c -> c < ' ' || c > '~')) {
        throw operation.failure(FailureKind.UNSUPPORTED, "the answer holds no token");
      }
      Number seconds = (Number) body.getValue("expires_in");
      Duration life =
          seconds == null || seconds.longValue() <= 0
              ? DEFAULT_LIFE
              : Duration.ofSeconds(Math.min(LONGEST_LIFE.toSeconds(), seconds.longValue()));
      return Future.succeededFuture(new Token(value, System.nanoTime(), life));
    } catch (DecodeException | ClassCastException _) {
      // The cause isn't kept: its text may quote the token.
      return Future.failedFuture(
          operation.failure(
              FailureKind.UNSUPPORTED, "the answer is not the JSON that was expected"));
    }
  }

  private static SluiceException refusal(
      Operation operation, TokenKey key, HttpResponse<Buffer> answer) {
    String said = StatusFailure.said(answer.body() == null ? Buffer.buffer() : answer.body());
    FailureKind kind = StatusFailure.kind(answer.statusCode());
    return operation.failure(
        kind == FailureKind.INVALID ? FailureKind.UNAUTHORIZED : kind,
        "the token endpoint answers " + answer.statusCode() + (said.isEmpty() ? "" : ": " + said),
        "Log in with 'docker login " + key.registry().credentialHost() + "'.",
        null);
  }
}
