package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Answers soon for hosts that are dead and that no other host stands behind, so that not each read
 * finds out by a timeout; meanwhile it asks them whether they are back.
 */
final class Breaker {
  /*
   * State       event                                   becomes
   * CLOSED      `failures` in a row over `trouble`      OPEN, with the first pause
   * CLOSED      an answer                               CLOSED, and all is forgotten
   * OPEN        the pause is over, or a call comes      OPEN, and the host is probed
   * OPEN        the probe is answered                   HALF_OPEN
   * OPEN        the probe is not                        OPEN, with twice the pause
   * OPEN        nobody asked for IDLE                   CLOSED: the next one finds out itself
   * OPEN        an answer (to who asked before)         CLOSED
   * HALF_OPEN   an answer                               CLOSED
   * HALF_OPEN   a failure                               OPEN, with twice the pause
   *
   * Only OPEN refuses. A call that comes then waits for a probe, until that has taken `patience`: a host that
   * is back is used by the first read, and one that refuses connections is found out at once. An answer is
   * any but 5xx: a host that says "not found" or "too often" is not dead. Hosts with another one behind
   * them are HostHealth's.
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
    private @Nullable Future<Boolean> probe;

    /** Whether the last probe was not answered. */
    private boolean inVain;

    /** When the probe that is under way began, or the last one ended. */
    private long probedNanos;

    /** Whether a timer will have it probed. */
    private boolean timed;
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

  /** Ends when the host may be asked; fails soon if it is dead. */
  Future<Void> admit(Operation operation, RegistryHost host) {
    Future<Boolean> answers;
    synchronized (this) {
      Circuit circuit = circuits.get(host);
      if (circuit == null || circuit.state != State.OPEN) {
        return Future.succeededFuture();
      }
      long now = System.nanoTime();
      circuit.askedNanos = now;
      long ago = now - circuit.probedNanos;
      boolean hopeless =
          circuit.probe == null
              ? circuit.inVain && ago < policy.firstPause().toNanos() / 2
              : ago >= policy.patience().toNanos();
      if (hopeless) {
        return Future.failedFuture(refusal(operation, host, circuit));
      }
      answers = probing(host, circuit);
    }
    Promise<Void> admitted = Promise.promise();
    operation.here(answers).onComplete(_ -> decide(operation, host, admitted));
    operation.pause(policy.patience()).onComplete(_ -> decide(operation, host, admitted));
    return admitted.future();
  }

  private synchronized void decide(Operation operation, RegistryHost host, Promise<Void> admitted) {
    Circuit circuit = circuits.get(host);
    if (circuit == null || circuit.state != State.OPEN) {
      admitted.tryComplete();
    } else {
      admitted.tryFail(refusal(operation, host, circuit));
    }
  }

  private static SluiceException refusal(Operation operation, RegistryHost host, Circuit circuit) {
    long seconds = (System.nanoTime() - circuit.firstFailureNanos) / 1_000_000_000;
    SluiceException cause = circuit.cause;
    return operation.failure(
        FailureKind.UNAVAILABLE,
        "%s has not answered for %d s%s"
            .formatted(
                host, seconds, cause == null ? "" : "; the last time: " + cause.getMessage()),
        "Check that the registry runs and can be reached from this node; it is probed meanwhile.",
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
      circuit.inVain = false;
      circuit.askedNanos = System.nanoTime();
      pause = longer(circuit);
      if (circuit.timed) {
        return;
      }
      circuit.timed = true;
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

  /** The pause is over. */
  private void probe(RegistryHost host) {
    synchronized (this) {
      Circuit circuit = circuits.get(host);
      if (stopped || circuit == null) {
        return;
      }
      circuit.timed = false;
      if (circuit.state != State.OPEN) {
        return;
      }
      if (System.nanoTime() - circuit.askedNanos > IDLE.toNanos()) {
        worked(host);
        return;
      }
      var _ = probing(host, circuit);
    }
  }

  /** The probe that is under way, or a new one. */
  private Future<Boolean> probing(RegistryHost host, Circuit circuit) {
    Future<Boolean> running = circuit.probe;
    if (running != null) {
      return running;
    }
    Promise<Boolean> probed = Promise.promise();
    circuit.probe = probed.future();
    circuit.probedNanos = System.nanoTime();
    probe
        .apply(host)
        .onComplete(done -> {
          boolean answers = done.succeeded() && done.result();
          probed(host, circuit, answers);
          probed.complete(answers);
        });
    return probed.future();
  }

  private void probed(RegistryHost host, Circuit circuit, boolean answers) {
    Duration pause;
    synchronized (this) {
      circuit.probe = null;
      circuit.probedNanos = System.nanoTime();
      circuit.inVain = !answers;
      if (stopped || circuit.state != State.OPEN) {
        return;
      }
      if (answers) {
        circuit.state = State.HALF_OPEN;
        return;
      }
      if (circuit.timed) {
        return;
      }
      circuit.timed = true;
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
