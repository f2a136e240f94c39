package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/** Remembers credentials for a short time, so that a helper isn't run for each request. */
final class CachedCredentials {
  private static final long LIFE_NANOS = Duration.ofMinutes(5).toNanos();
  private static final int MOST = 1024;

  private final CredentialSource source;
  private final Map<Repository, Entry> entries = new ConcurrentHashMap<>();
  private final Map<Repository, Future<Credentials>> lookups = new ConcurrentHashMap<>();
  private final Map<Repository, Future<Credentials>> renewals = new ConcurrentHashMap<>();

  private record Entry(Credentials credentials, long fromNanos) {}

  CachedCredentials(CredentialSource source) {
    this.source = source;
  }

  Future<Credentials> get(Repository repository) {
    Entry entry = entries.get(repository);
    if (entry != null && System.nanoTime() - entry.fromNanos() < LIFE_NANOS) {
      return Future.succeededFuture(entry.credentials());
    }
    return shared(lookups, repository, source::lookup);
  }

  /** Looks up anew after a refusal; those who are refused at the same time share one lookup. */
  Future<Credentials> fresh(Repository repository) {
    Entry entry = entries.get(repository);
    Credentials refused = entry == null ? Credentials.NONE : entry.credentials();
    return shared(renewals, repository, of -> source.afresh(of, refused));
  }

  private Future<Credentials> shared(
      Map<Repository, Future<Credentials>> flights,
      Repository repository,
      Function<Repository, Future<Credentials>> source) {
    Promise<Credentials> mine = Promise.promise();
    Future<Credentials> flight = flights.putIfAbsent(repository, mine.future());
    if (flight != null) {
      return flight;
    }
    source
        .apply(repository)
        .onComplete(done -> {
          if (done.succeeded()) {
            if (entries.size() >= MOST) {
              entries.clear();
            }
            entries.put(repository, new Entry(done.result(), System.nanoTime()));
          }
          flights.remove(repository);
          mine.handle(done);
        });
    return mine.future();
  }
}
