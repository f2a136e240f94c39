package dev.sluice.registry;

import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Remembers credentials for a short time, so that a helper isn't run for each request. */
final class CachedCredentials {
  private static final long LIFE_NANOS = Duration.ofMinutes(5).toNanos();
  private static final int MOST = 1024;

  private final CredentialSource source;
  private final Map<Repository, Entry> entries = new ConcurrentHashMap<>();

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

  Future<Credentials> fresh(Repository repository) {
    return source
        .lookup(repository)
        .onSuccess(credentials -> {
          if (entries.size() >= MOST) {
            entries.clear();
          }
          entries.put(repository, new Entry(credentials, System.nanoTime()));
        });
  }
}
