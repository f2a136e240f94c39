package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Knows what each registry asked for, and makes Authorization headers. */
final class Authorizer {
  private static final String ECR_EXPIRED =
      "Your authorization token has expired. Reauthenticate and try again.";
  private static final String BEARER = "Bearer ";
  private static final int MOST = 4096;

  private final TokenStore tokens;
  private final CachedCredentials credentials;
  private final Map<RegistryHost, Challenge> known = new ConcurrentHashMap<>();
  private final Map<Scope, TokenKey> keys = new ConcurrentHashMap<>();

  Authorizer(TokenStore tokens, CachedCredentials credentials) {
    this.tokens = tokens;
    this.credentials = credentials;
  }

  /** The header for a request; null as long as the registry has asked for nothing. */
  Future<@Nullable String> header(Operation operation, Scope scope) {
    Challenge challenge = known.get(scope.host());
    if (challenge == null) {
      return Future.succeededFuture();
    }
    if (challenge.isBasic()) {
      return credentials.get(scope.place()).map(Authorizer::basic);
    }
    TokenKey key = keys.get(scope);
    if (key == null) {
      key = key(operation, scope, challenge, "");
    }
    return tokens.get(key, scope.place()).map(token -> BEARER + token);
  }

  /** Learns from an answer 401; whether it makes sense to ask again. */
  Future<Boolean> refused(Operation operation, Scope scope, Answer answer, @Nullable String shown) {
    List<Challenge> challenges = Challenge.parse(answer.headers("WWW-Authenticate"));
    answer.discard();
    for (Challenge challenge : challenges) {
      String realm = challenge.parameter("realm");
      if (challenge.isBearer() && realm != null) {
        String asked = challenge.parameter("scope");
        TokenKey key = key(operation, scope, challenge, asked == null ? "" : asked);
        learn(scope.host(), challenge);
        if (keys.size() >= MOST) {
          keys.clear();
        }
        keys.put(scope, key);
        if (shown == null) {
          return Future.succeededFuture(true);
        }
        if (shown.startsWith(BEARER)) {
          tokens.drop(key, shown.substring(BEARER.length()));
        }
        return credentials.fresh(scope.place()).map(true);
      }
    }
    if (challenges.stream().anyMatch(Challenge::isBasic)) {
      learn(scope.host(), new Challenge("basic", Map.of()));
      Future<Credentials> now =
          shown == null ? credentials.get(scope.place()) : credentials.fresh(scope.place());
      return now.map(Authorizer::basic).map(fresh -> fresh != null && !fresh.equals(shown));
    }
    return Future.succeededFuture(false);
  }

  private void learn(RegistryHost host, Challenge challenge) {
    if (known.size() >= MOST) {
      known.clear();
    }
    known.put(host, challenge);
  }

  /** Learns from an answer 403; whether other credentials may help. */
  Future<Boolean> forbidden(Scope scope, Buffer body) {
    boolean expired = body.toString().contains(ECR_EXPIRED);
    TokenKey key = keys.get(scope);
    return credentials
        .get(scope.place())
        .compose(old ->
            credentials
                .fresh(scope.place())
                .map(fresh -> {
                  boolean again = expired || !fresh.equals(old);
                  if (again && key != null) {
                    tokens.dropAll(key);
                  }
                  return again;
                }));
  }

  private static TokenKey key(
      Operation operation, Scope scope, Challenge challenge, String askedScopes) {
    HttpOrigin registry = scope.host().origin();
    Target realm;
    try {
      realm = Target.of(String.valueOf(challenge.parameter("realm"))).by(scope.host().reach());
    } catch (IllegalArgumentException e) {
      throw operation.failure(
          FailureKind.UNSUPPORTED,
          registry + " names a token endpoint that is no URL: " + e.getMessage());
    }
    String objection = Referral.objection(registry, realm.origin());
    if (objection != null) {
      throw operation.failure(
          FailureKind.FORBIDDEN,
          "%s sends for a token to %s, which %s: refused"
              .formatted(registry, realm.origin(), objection));
    }
    TreeSet<String> scopes = new TreeSet<>(List.of(scope.toString()));
    for (String asked : askedScopes.split(" ", -1)) {
      if (!asked.isEmpty()) {
        scopes.add(asked);
      }
    }
    String service = challenge.parameter("service");
    return new TokenKey(scope.host(), realm, service == null ? "" : service, scopes);
  }

  static @Nullable String basic(Credentials credentials) {
    if (!(credentials instanceof Credentials.Password(String user, String password))) {
      return null;
    }
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }
}
