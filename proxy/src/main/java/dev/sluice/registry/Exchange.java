package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a call: waits where a host asked for patience, shows credentials, renews them once
 * if they are refused, follows redirects. Brings the last answer, whatever its status.
 */
final class Exchange {
  private static final int ERROR_LIMIT = 16 << 10;

  private final Transport transport;
  private final Authorizer authorizer;
  private final HostGate gate;
  private final RegistryObserver observer;

  Exchange(Transport transport, Authorizer authorizer, HostGate gate, RegistryObserver observer) {
    this.transport = transport;
    this.authorizer = authorizer;
    this.gate = gate;
    this.observer = observer;
  }

  Future<Answer> send(Operation operation, Call call) {
    return hop(operation, call, 0, true);
  }

  private Future<Answer> hop(Operation operation, Call call, int hops, boolean mayRenew) {
    if (operation.ended()) {
      return Future.failedFuture(operation.failure(FailureKind.CANCELLED, "given up"));
    }
    return patience(operation, call)
        .compose(_ -> authorization(operation, call))
        .compose(shown ->
            once(operation, call, shown)
                .compose(answer -> judge(operation, call, answer, hops, mayRenew, shown)));
  }

  /** A host that asks for patience doesn't get it where another one can be asked. */
  private Future<Void> patience(Operation operation, Call call) {
    HttpOrigin origin = call.target().origin();
    boolean impatient = call.scope() != null && call.scope().host().backed();
    return impatient && gate.isClosed(origin)
        ? Future.failedFuture(operation.failure(FailureKind.RATE_LIMITED, origin + " asks to wait"))
        : gate.pass(operation, origin);
  }

  private Future<@Nullable String> authorization(Operation operation, Call call) {
    Scope scope = call.scope();
    return scope == null
        ? Future.succeededFuture()
        : operation.here(authorizer.header(operation, scope));
  }

  private Future<Answer> once(Operation operation, Call call, @Nullable String shown) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    if (call.scope() != null) {
      call.scope().host().headers().forEach(headers::set);
    }
    call.headers().forEach(headers::set);
    if (shown != null) {
      headers.set("Authorization", shown);
    }
    Future<Answer> answer = send(operation, call, headers);
    return answer.onSuccess(_ -> operation.answered());
  }

  private Future<Answer> send(Operation operation, Call call, MultiMap headers) {
    return switch (call.body()) {
      case Call.Body.None _ -> transport.send(operation, call.method(), call.target(), headers);
      case Call.Body.Bytes(byte[] bytes) ->
          transport.send(operation, call.method(), call.target(), headers, Buffer.buffer(bytes));
      case Call.Body.Stream(var source, long length) ->
          operation
              .here(source.open())
              .compose(body ->
                  transport.send(
                      operation,
                      call.method(),
                      call.target(),
                      headers,
                      new WatchedBody(body),
                      length));
    };
  }

  private Future<Answer> judge(
      Operation operation,
      Call call,
      Answer answer,
      int hops,
      boolean mayRenew,
      @Nullable String shown) {
    int status = answer.status();
    Scope scope = call.scope();
    if (status == 429 || status == 503) {
      observer.throttled();
      Duration wait = RetryAfter.parse(answer.header("Retry-After"), Instant.now());
      if (wait != null) {
        gate.close(call.target().origin(), wait);
      }
    } else if (scope != null && status == 401 && !mayRenew) {
      answer.discard();
      return Future.failedFuture(unauthorized(operation, call, shown));
    } else if (scope != null && status == 401) {
      return operation
          .here(authorizer.refused(operation, scope, answer, shown))
          .compose(again -> {
            if (!again) {
              return Future.failedFuture(unauthorized(operation, call, shown));
            }
            // A question that showed nothing doesn't use up the one renewal.
            return hop(operation, call, hops, shown == null);
          });
    } else if (scope != null && status == 403) {
      return forbidden(operation, call, scope, answer, hops, mayRenew && shown != null);
    } else if (Redirects.isRedirect(status) && call.mayFollowRedirects()) {
      Target to = Redirects.next(operation, call.target(), answer.header("Location"), hops + 1);
      answer.discard();
      boolean stays = to.origin().equals(call.target().origin());
      return hop(operation, stays ? call.at(to) : call.elsewhere(to), hops + 1, mayRenew);
    }
    return Future.succeededFuture(answer);
  }

  private Future<Answer> forbidden(
      Operation operation, Call call, Scope scope, Answer answer, int hops, boolean mayRenew) {
    return answer
        .body(ERROR_LIMIT)
        .otherwise(Buffer.buffer())
        .compose(body -> {
          Future<Boolean> again =
              mayRenew ? authorizer.forbidden(scope, body) : Future.succeededFuture(false);
          return again.compose(renewed ->
              renewed
                  ? hop(operation, call, hops, false)
                  : Future.failedFuture(StatusFailure.of(operation, answer, body)));
        });
  }

  private static Throwable unauthorized(Operation operation, Call call, @Nullable String shown) {
    String host = call.target().origin().authority();
    return operation.failure(
        FailureKind.UNAUTHORIZED,
        shown == null
            ? host + " wants credentials and there are none"
            : host + " refused the credentials",
        "Log in with 'docker login " + host + "', or check the credential helper.",
        null);
  }
}
