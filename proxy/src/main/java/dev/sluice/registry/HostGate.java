package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Holds back all requests to a host that has asked for patience. */
final class HostGate {
  /** Redirects may lead to any number of hosts, and each may ask for patience. */
  static final int MOST = 1024;

  private final Map<HttpOrigin, Long> closedUntilNanos = new ConcurrentHashMap<>();
  private final Duration longest;

  HostGate(Duration longest) {
    this.longest = longest;
  }

  void close(HttpOrigin origin, Duration wait) {
    Duration bounded = wait.compareTo(longest) > 0 ? longest : wait;
    long until = System.nanoTime() + bounded.toNanos();
    if (closedUntilNanos.size() >= MOST) {
      long now = System.nanoTime();
      closedUntilNanos.values().removeIf(each -> each - now <= 0);
      if (closedUntilNanos.size() >= MOST) {
        closedUntilNanos.clear();
      }
    }
    closedUntilNanos.merge(origin, until, (old, now) -> old - now > 0 ? old : now);
  }

  int size() {
    return closedUntilNanos.size();
  }

  boolean isClosed(HttpOrigin origin) {
    Long until = closedUntilNanos.get(origin);
    return until != null && until - System.nanoTime() > 0;
  }

  /** Ends when the host may be asked; fails at once if the operation can't wait so long. */
  Future<Void> pass(Operation operation, HttpOrigin origin) {
    Long until = closedUntilNanos.get(origin);
    if (until == null) {
      return Future.succeededFuture();
    }
    long wait = until - System.nanoTime();
    if (wait <= 0) {
      closedUntilNanos.remove(origin, until);
      return Future.succeededFuture();
    }
    if (wait >= operation.left().toNanos()) {
      return Future.failedFuture(
          operation.failure(
              FailureKind.RATE_LIMITED,
              origin + " asks to wait " + Math.ceilDiv(wait, 1_000_000_000L) + " s more"));
    }
    return operation.pause(Duration.ofNanos(wait)).compose(_ -> pass(operation, origin));
  }
}
