package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers credentials for a short time, so that a helper isn't run for each request. */
final class CachedCredentials {
  private static final long LIFE_NANOS = Duration.ofMinutes(5).toNanos();
  private static final int MOST = 1024;

  private final CredentialSource source;
  private final Map<Repository, Entry> entries = new ConcurrentHashMap<>();

  private final Map<Repository, Future<Credentials>> flights = new ConcurrentHashMap<>();

  private record Entry(Credentials credentials, long fromNanos) {}

  CachedCredentials(CredentialSource source) {
    this.source = source;
  }

  Future<Credentials> get(Repository repository) {
    Entry entry = entries.get(repository);
    if (entry != null && System.nanoTime() - entry.fromNanos() < LIFE_NANOS) {
      return Future.succeededFuture(entry.credentials());
    }
    return fresh(repository);
  }

  /** Looks up anew; those who ask at the same time share one lookup. */
  Future<Credentials> fresh(Repository repository) {
    Promise<Credentials> mine = Promise.promise();
    Future<Credentials> flight = flights.putIfAbsent(repository, mine.future());
    if (flight != null) {
      return flight;
    }
    source
        .lookup(repository)
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
