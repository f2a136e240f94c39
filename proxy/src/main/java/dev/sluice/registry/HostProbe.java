package dev.sluice.registry;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;

/** Asks a host whether it is there, by a request that needs no rights. */
final class HostProbe {
  private static final Duration BOUND = Duration.ofSeconds(5);

  private final Vertx vertx;
  private final Loops loops;
  private final Transport transport;

  HostProbe(Vertx vertx, Loops loops, Transport transport) {
    this.vertx = vertx;
    this.loops = loops;
    this.transport = transport;
  }

  /** Whether it answers, with anything but an error of its own. Ends in bounded time. */
  Future<Boolean> answers(RegistryHost host) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    host.headers().forEach(headers::set);
    return Operation.run(
            vertx,
            loops.next(),
            "see whether " + host + " is back",
            BOUND,
            operation ->
                transport
                    .send(operation, HttpMethod.GET, host.naming(host.root()), headers)
                    .map(answer -> {
                      answer.discard();
                      return answer.status() < 500 && answer.status() != 429;
                    }))
        .otherwise(false);
  }
}
