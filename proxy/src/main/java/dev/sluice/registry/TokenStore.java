package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tokens by what they are for: one request for all who need the same, renewed before the end. */
final class TokenStore {
  private static final int MOST_TOKENS = 4096;

  private final TokenEndpoint endpoint;
  private final Map<TokenKey, Token> tokens = new ConcurrentHashMap<>();
  private final Map<TokenKey, Future<Token>> flights = new ConcurrentHashMap<>();

  TokenStore(TokenEndpoint endpoint) {
    this.endpoint = endpoint;
  }

  Future<String> get(TokenKey key, Repository repository) {
    Token token = tokens.get(key);
    long now = System.nanoTime();
    if (token == null || !token.usable(now)) {
      return fetch(key, repository).map(Token::value);
    }
    if (token.stale(now)) {
      // The old one is good for a while; who needs the new one will see its failure.
      fetch(key, repository).onFailure(_ -> {});
    }
    return Future.succeededFuture(token.value());
  }

  /** Forgets a token that a registry refused. */
  void drop(TokenKey key, @Nullable String value) {
    tokens.computeIfPresent(key, (_, token) -> token.value().equals(value) ? null : token);
  }

  void dropAll(TokenKey key) {
    tokens.remove(key);
  }

  private Future<Token> fetch(TokenKey key, Repository repository) {
    Promise<Token> mine = Promise.promise();
    Future<Token> flight = flights.putIfAbsent(key, mine.future());
    if (flight != null) {
      return flight;
    }
    endpoint
        .token(key, repository)
        .onComplete(done -> {
          if (done.succeeded()) {
            if (tokens.size() >= MOST_TOKENS) {
              tokens.clear();
            }
            tokens.put(key, done.result());
          }
          flights.remove(key);
          mine.handle(done);
        });
    return mine.future();
  }
}
