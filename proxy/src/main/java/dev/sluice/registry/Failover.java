package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Asks the hosts of a registry in turn until one does what is wanted. */
final class Failover {
  /*
   * A round asks each host once: those that are known to be of no use last, and only if all others
   * failed. What fails at the last host of the file and may pass is tried there again after a pause;
   * the others were the attempt to do without pauses. Where bytes came since the round began, all of
   * that starts afresh.
   *
   * If nothing helps, the failure is that of the host that got furthest: an answer is further than
   * none, and an error is further than "not found". Of equals the first counts.
   */
  private static final int SHOWN = 3;

  private final Hosts hosts;
  private final HostHealth health;
  private final Breaker breaker;
  private final HostGate gate;
  private final PlainHosts plainHosts = new PlainHosts();
  private final Retrier retrier;
  private final RegistryObserver observer;

  Failover(
      Hosts hosts,
      HostHealth health,
      Breaker breaker,
      HostGate gate,
      Retrier retrier,
      RegistryObserver observer) {
    this.hosts = hosts;
    this.health = health;
    this.breaker = breaker;
    this.gate = gate;
    this.retrier = retrier;
    this.observer = observer;
  }

  <T extends @Nullable Object> Future<T> ask(
      Operation operation, Need need, Function<RegistryHost, Future<T>> attempt) {
    return ask(operation, need, _ -> false, () -> 0, attempt);
  }

  /**
   * @param avoided more reasons to ask a host late
   * @param progress grows when an attempt has brought something that isn't lost if it fails
   */
  <T extends @Nullable Object> Future<T> ask(
      Operation operation,
      Need need,
      Predicate<RegistryHost> avoided,
      LongSupplier progress,
      Function<RegistryHost, Future<T>> attempt) {
    return operation
        .here(hosts.of(need.repository().host()))
        .compose(all -> {
          List<RegistryHost> able = need.among(all);
          return able.isEmpty()
              ? Future.failedFuture(nobody(operation, need))
              : new Asking<>(operation, need, able, avoided, progress, attempt).round(1);
        });
  }

  private static SluiceException nobody(Operation operation, Need need) {
    return operation.failure(
        FailureKind.FAILED_PRECONDITION,
        "the configuration gives no host of "
            + need.repository().host()
            + " the capabilities "
            + need.capabilities().stream().map(Object::toString).sorted().toList(),
        "Name them in hosts.toml, in the directory of that registry.",
        null);
  }

  /** One call's way through the hosts. Confined to the operation's event loop. */
  private final class Asking<T extends @Nullable Object> {
    private final Operation operation;
    private final Need need;
    private final List<RegistryHost> able;
    private final Predicate<RegistryHost> avoided;
    private final LongSupplier progress;
    private final Function<RegistryHost, Future<T>> attempt;
    private final Failed failed = new Failed();

    Asking(
        Operation operation,
        Need need,
        List<RegistryHost> able,
        Predicate<RegistryHost> avoided,
        LongSupplier progress,
        Function<RegistryHost, Future<T>> attempt) {
      this.operation = operation;
      this.need = need;
      this.able = able;
      this.avoided = avoided;
      this.progress = progress;
      this.attempt = attempt;
    }

    Future<T> round(int number) {
      return host(order().iterator(), number, progress.getAsLong());
    }

    /** Those that are worth asking, the last one of the file, then the others. */
    private List<RegistryHost> order() {
      RegistryHost last = able.getLast();
      if (able.size() == 1) {
        return able;
      }
      List<RegistryHost> order = new ArrayList<>();
      List<RegistryHost> late = new ArrayList<>();
      for (RegistryHost host : able) {
        (!host.equals(last) && avoids(host) ? late : order).add(host);
      }
      order.addAll(late);
      return order;
    }

    private boolean avoids(RegistryHost host) {
      return health.avoids(host)
          || gate.isClosed(host.origin())
          || avoided.test(host)
          || (need.blob() != null && health.avoids(host, need.blob()));
    }

    private Future<T> host(Iterator<RegistryHost> rest, int number, long before) {
      RegistryHost host = rest.next();
      return breaker
          .admit(operation, host)
          .compose(
              _ -> admitted(host, rest, number, before),
              refusal -> {
                failed.add(host, Failures.of(operation, refusal), false);
                return rest.hasNext()
                    ? host(rest, number, before)
                    : Future.failedFuture(failed.furthest(operation));
              });
    }

    private Future<T> admitted(
        RegistryHost host, Iterator<RegistryHost> rest, int number, long before) {
      long had = progress.getAsLong();
      int answers = operation.answers();
      return once(host)
          .onSuccess(_ -> {
            retrier.progressed(operation);
            health.worked(host);
            breaker.worked(host);
          })
          .recover(cause -> {
            SluiceException failure = Failures.of(operation, cause);
            if (operation.ended() || isOurs(failure)) {
              return Future.failedFuture(failure);
            }
            boolean answered = operation.answers() > answers;
            failed.add(host, failure, answered);
            learn(host, failure, answered, progress.getAsLong() > had);
            if (rest.hasNext()) {
              observer.failedOver(FailoverReason.of(failure.kind(), answered));
              return host(rest, number, before);
            }
            return again(number, before);
          });
    }

    private Future<T> once(RegistryHost host) {
      RegistryHost now = plainHosts.now(host);
      return attempt
          .apply(now)
          .recover(cause ->
              now.plainOrigin() != null && plainHosts.learn(host, cause) && !operation.ended()
                  ? attempt.apply(now.withoutTls())
                  : Future.failedFuture(cause));
    }

    private void learn(
        RegistryHost host, SluiceException failure, boolean answered, boolean moved) {
      if (host.equals(able.getLast())) {
        boolean dead =
            failure.kind() == FailureKind.UNAVAILABLE || failure.kind() == FailureKind.TIMEOUT;
        if (dead && !moved) {
          breaker.failed(host, failure);
        } else {
          breaker.worked(host);
        }
        return;
      }
      if (!answered || failure.kind().isTransient()) {
        health.failed(host);
      } else if (need.blob() != null && failure.kind() == FailureKind.CORRUPT) {
        health.corrupts(host, need.blob());
      } else if (need.blob() != null) {
        health.lacks(host, need.blob());
      }
    }

    /** All have failed: once more, if that makes sense. */
    private Future<T> again(int number, long before) {
      boolean moved = progress.getAsLong() > before;
      SluiceException passing = failed.passing(moved ? null : able.getLast());
      if (passing == null) {
        return Future.failedFuture(failed.furthest(operation));
      }
      int next = moved ? 2 : number + 1;
      return retrier
          .next(operation, passing, next)
          .recover(end -> Future.failedFuture(able.size() == 1 ? end : failed.furthest(operation)))
          .compose(_ -> {
            if (moved) {
              failed.forget();
              return round(next);
            }
            return host(List.of(able.getLast()).iterator(), next, before);
          });
    }
  }

  /** Failures of which no other host knows better. */
  private static boolean isOurs(SluiceException failure) {
    return failure.kind() == FailureKind.CANCELLED || failure.kind() == FailureKind.INTERNAL;
  }

  /** The latest failure of each host. */
  private static final class Failed {
    private final List<One> all = new ArrayList<>();

    private record One(RegistryHost host, SluiceException failure, boolean answered) {
      int rank() {
        return !answered ? 0 : failure.kind() == FailureKind.NOT_FOUND ? 1 : 2;
      }
    }

    void add(RegistryHost host, SluiceException failure, boolean answered) {
      One now = new One(host, failure, answered);
      for (int i = 0; i < all.size(); i++) {
        if (all.get(i).host().equals(host)) {
          all.set(i, now);
          return;
        }
      }
      all.add(now);
    }

    void forget() {
      all.clear();
    }

    /** A failure that may pass: of this host, or of any. */
    @Nullable SluiceException passing(@Nullable RegistryHost host) {
      for (One one : all.reversed()) {
        if (one.failure().kind().isTransient() && (host == null || one.host().equals(host))) {
          return one.failure();
        }
      }
      return null;
    }

    SluiceException furthest(Operation operation) {
      One furthest = all.getFirst();
      for (One one : all) {
        furthest = one.rank() > furthest.rank() ? one : furthest;
      }
      SluiceException failure = furthest.failure();
      if (all.size() == 1) {
        return failure;
      }
      Set<String> others = new HashSet<>();
      String prefix = operation + ": ";
      StringBuilder message = new StringBuilder(String.valueOf(failure.getMessage()));
      for (One one : all) {
        String said = String.valueOf(one.failure().getMessage());
        if (!one.equals(furthest) && others.size() < SHOWN && others.add(said)) {
          message
              .append("; also ")
              .append(said.startsWith(prefix) ? said.substring(prefix.length()) : said);
        }
      }
      return new SluiceException(
          failure.kind(), message.toString(), failure.advice(), failure.getCause());
    }
  }
}
