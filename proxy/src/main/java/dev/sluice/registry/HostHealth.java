package dev.sluice.registry;

import dev.sluice.oci.Digest;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Remembers for a short time which hosts are of no use, so that each read needn't find out. */
final class HostHealth {
  /*
   *          failed                    the pause is over            the probe is answered
   *   (unknown) ──────► DOWN(pause) ──────────────────────► PROBED ─────────────────────► ON_TRIAL
   *      ▲                ▲    ▲                               │                             │ │
   *      │                │    └───── no answer to it ─────────┘            failed           │ │
   *      │                └──────────────────── pause doubled ───────────────────────────────┘ │
   *      └───────────────────────────────────── worked ────────────────────────────────────────┘
   *
   * A host that is DOWN or PROBED is avoided. The probe is a request of its own, so that no read
   * waits for a host that may still be dead; it is sent when somebody would like to use the host.
   * Beside that a host may lack a blob, or have sent wrong bytes for it.
   */
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration WITHOUT_BLOB = Duration.ofSeconds(30);
  private static final Duration WRONG_BYTES = Duration.ofMinutes(5);
  private static final int MOST_HOSTS = 1024;
  private static final int MOST_BLOBS = 4096;

  private final Function<RegistryHost, Future<Boolean>> probe;
  private final Map<RegistryHost, Trouble> troubles = new ConcurrentHashMap<>();
  private final Map<Copy, Long> uselessUntilNanos =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Copy, Long> eldest) {
          return size() > MOST_BLOBS;
        }
      };

  private enum State {
    DOWN,
    PROBED,
    ON_TRIAL
  }

  private record Trouble(State state, int failures, long untilNanos) {
    static Trouble down(int failures) {
      long pause = FIRST_PAUSE.toNanos() << Math.min(10, failures - 1);
      return new Trouble(
          State.DOWN, failures, System.nanoTime() + Math.min(pause, LONGEST_PAUSE.toNanos()));
    }
  }

  /** A blob at a host. */
  private record Copy(RegistryHost host, Digest blob) {}

  /**
   * @param probe whether a host answers; ends in bounded time and never fails
   */
  HostHealth(Function<RegistryHost, Future<Boolean>> probe) {
    this.probe = probe;
  }

  /** Whether other hosts should be asked first. */
  boolean avoids(RegistryHost host) {
    Trouble trouble = troubles.get(host);
    if (trouble == null || trouble.state() == State.ON_TRIAL) {
      return false;
    }
    if (trouble.state() == State.DOWN && trouble.untilNanos() - System.nanoTime() <= 0) {
      Trouble probed = new Trouble(State.PROBED, trouble.failures(), 0);
      if (troubles.replace(host, trouble, probed)) {
        probe
            .apply(host)
            .onComplete(done ->
                troubles.replace(
                    host,
                    probed,
                    done.succeeded() && done.result()
                        ? new Trouble(State.ON_TRIAL, trouble.failures(), 0)
                        : Trouble.down(trouble.failures() + 1)));
      }
    }
    return true;
  }

  void failed(RegistryHost host) {
    if (troubles.size() >= MOST_HOSTS) {
      troubles.clear();
    }
    troubles.compute(
        host,
        (_, trouble) ->
            trouble == null
                ? Trouble.down(1)
                : trouble.state() == State.ON_TRIAL
                    ? Trouble.down(trouble.failures() + 1)
                    : trouble);
  }

  void worked(RegistryHost host) {
    if (!troubles.isEmpty()) {
      troubles.remove(host);
    }
  }

  synchronized boolean avoids(RegistryHost host, Digest blob) {
    Long until = uselessUntilNanos.get(new Copy(host, blob));
    return until != null && until - System.nanoTime() > 0;
  }

  void lacks(RegistryHost host, Digest blob) {
    useless(host, blob, WITHOUT_BLOB);
  }

  void corrupts(RegistryHost host, Digest blob) {
    useless(host, blob, WRONG_BYTES);
  }

  private synchronized void useless(RegistryHost host, Digest blob, Duration time) {
    long until = System.nanoTime() + time.toNanos();
    uselessUntilNanos.merge(new Copy(host, blob), until, (old, now) -> old - now > 0 ? old : now);
  }
}
