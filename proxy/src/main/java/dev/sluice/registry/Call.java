package dev.sluice.registry;

import io.vertx.core.http.HttpMethod;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as an endpoint means it: before credentials and redirects.
 *
 * @param scope null: without credentials
 */
record Call(
    HttpMethod method,
    Target target,
    @Nullable Scope scope,
    Map<String, String> headers,
    Body body) {

  /** What goes up. */
  sealed interface Body {
    Body NONE = new None();

    record None() implements Body {}

    record Bytes(byte[] bytes) implements Body {}

    record Stream(RegistryClient.BodySource source, long length) implements Body {}
  }

  static Call of(HttpMethod method, Target target, @Nullable Scope scope) {
    return new Call(method, target, scope, Map.of(), Body.NONE);
  }

  static Call get(Target target, Scope scope) {
    return of(HttpMethod.GET, target, scope);
  }

  Call with(String header, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(header, value);
    return new Call(method, target, scope, Map.copyOf(more), body);
  }

  Call with(Body sent) {
    return new Call(method, target, scope, headers, sent);
  }

  /** The same request at another place, without credentials. */
  Call elsewhere(Target place) {
    return new Call(method, place, null, headers, body);
  }

  Call at(Target place) {
    return new Call(method, place, scope, headers, body);
  }

  boolean mayFollowRedirects() {
    return method.equals(HttpMethod.GET) || method.equals(HttpMethod.HEAD);
  }
}
