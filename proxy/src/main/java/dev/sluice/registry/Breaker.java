package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers at once for hosts that are dead and that no other host stands behind, so that not each
 * read finds out by a timeout; meanwhile it asks them whether they are back.
 */
final class Breaker {
  /*
   * State       event                                   becomes
   * CLOSED      `failures` in a row over `trouble`      OPEN, with the first pause
   * CLOSED      an answer                               CLOSED, and all is forgotten
   * OPEN        the pause is over                       OPEN, and the host is probed
   * OPEN        the probe is answered                   HALF_OPEN
   * OPEN        the probe is not                        OPEN, with twice the pause
   * OPEN        nobody asked for IDLE                   CLOSED: the next one finds out itself
   * OPEN        an answer (to who asked before)         CLOSED
   * HALF_OPEN   an answer                               CLOSED
   * HALF_OPEN   a failure                               OPEN, with twice the pause
   *
   * Only OPEN refuses. An answer is any but 5xx: a host that says "not found" or "too often" is not
   * dead. Hosts with another one behind them are HostHealth's.
   */
  private static final Duration IDLE = Duration.ofMinutes(2);
  private static final int MOST_HOSTS = 1024;

  private final Vertx vertx;
  private final BreakerPolicy policy;
  private final Function<RegistryHost, Future<Boolean>> probe;
  private final RegistryObserver observer;

  /** Guarded by this. Hosts of which nothing is known are CLOSED. */
  private final Map<RegistryHost, Circuit> circuits = new HashMap<>();

  /** Guarded by this. */
  private boolean stopped;

  private enum State {
    CLOSED,
    OPEN,
    HALF_OPEN
  }

  private static final class Circuit {
    private State state = State.CLOSED;
    private int failures;
    private final long firstFailureNanos = System.nanoTime();
    private long askedNanos = firstFailureNanos;
    private Duration pause = Duration.ZERO;
    private @Nullable SluiceException cause;
  }

  /**
   * @param probe whether a host answers; ends in bounded time and never fails
   */
  Breaker(
      Vertx vertx,
      BreakerPolicy policy,
      Function<RegistryHost, Future<Boolean>> probe,
      RegistryObserver observer) {
    this.vertx = vertx;
    this.policy = policy;
    this.probe = probe;
    this.observer = observer;
  }

  /** Why the host must not be asked now, or null if it may. */
  synchronized @Nullable SluiceException refusal(Operation operation, RegistryHost host) {
    Circuit circuit = circuits.get(host);
    if (circuit == null || circuit.state != State.OPEN) {
      return null;
    }
    long now = System.nanoTime();
    circuit.askedNanos = now;
    long seconds = (now - circuit.firstFailureNanos) / 1_000_000_000;
    SluiceException cause = circuit.cause;
    return operation.failure(
        FailureKind.UNAVAILABLE,
        "%s has not answered for %d s and is probed until it does%s"
            .formatted(host, seconds, cause == null ? "" : " (last: " + cause.getMessage() + ")"),
        "Check that the registry runs and can be reached from this node.",
        cause);
  }

  synchronized void worked(RegistryHost host) {
    Circuit circuit = circuits.remove(host);
    if (circuit != null && circuit.state != State.CLOSED) {
      observer.breakerOpen(host.toString(), false);
    }
  }

  void failed(RegistryHost host, SluiceException cause) {
    Duration pause;
    synchronized (this) {
      if (stopped || (circuits.size() >= MOST_HOSTS && !circuits.containsKey(host))) {
        return;
      }
      Circuit circuit = circuits.computeIfAbsent(host, _ -> new Circuit());
      circuit.failures++;
      circuit.cause = cause;
      long trouble = System.nanoTime() - circuit.firstFailureNanos;
      boolean opens =
          switch (circuit.state) {
            case CLOSED ->
                circuit.failures >= policy.failures() && trouble >= policy.trouble().toNanos();
            case HALF_OPEN -> true;
            case OPEN -> false;
          };
      if (!opens) {
        return;
      }
      if (circuit.state == State.CLOSED) {
        observer.breakerOpen(host.toString(), true);
      }
      circuit.state = State.OPEN;
      circuit.askedNanos = System.nanoTime();
      pause = longer(circuit);
    }
    probeAfter(host, pause);
  }

  private Duration longer(Circuit circuit) {
    Duration next = circuit.pause.isZero() ? policy.firstPause() : circuit.pause.multipliedBy(2);
    circuit.pause = next.compareTo(policy.longestPause()) > 0 ? policy.longestPause() : next;
    return circuit.pause;
  }

  private void probeAfter(RegistryHost host, Duration pause) {
    vertx.setTimer(Math.max(1, pause.toMillis()), _ -> probe(host));
  }

  private void probe(RegistryHost host) {
    synchronized (this) {
      Circuit circuit = circuits.get(host);
      if (stopped || circuit == null || circuit.state != State.OPEN) {
        return;
      }
      if (System.nanoTime() - circuit.askedNanos > IDLE.toNanos()) {
        worked(host);
        return;
      }
    }
    probe.apply(host).onComplete(done -> probed(host, done.succeeded() && done.result()));
  }

  private void probed(RegistryHost host, boolean answers) {
    Duration pause;
    synchronized (this) {
      Circuit circuit = circuits.get(host);
      if (stopped || circuit == null || circuit.state != State.OPEN) {
        return;
      }
      if (answers) {
        circuit.state = State.HALF_OPEN;
        return;
      }
      pause = longer(circuit);
    }
    probeAfter(host, pause);
  }

  /** Ends the probing. */
  synchronized void stop() {
    stopped = true;
    circuits.clear();
  }
}
