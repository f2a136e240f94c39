package dev.sluice.registry;

import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers where a registry's redirects led, so that each range needs only one request. */
final class BlobLocations {
  /*
   * The first range of a blob asks the registry; others that come meanwhile wait for what it
   * learns, as a redirect costs them a round trip anyway and many registries count requests. A
   * registry that once served a blob of the repository itself is never waited for.
   */
  private static final int MOST = 4096;
  private static final Duration WITHOUT_EXPIRY = Duration.ofMinutes(10);

  private final Map<Blob, Location> locations =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Blob, Location> eldest) {
          return size() > MOST;
        }
      };
  private final Map<Blob, Promise<Void>> scouts = new HashMap<>();
  private final RecentSet<Home> direct = new RecentSet<>(MOST);

  /** A repository at one of its hosts. */
  record Home(HttpOrigin host, Repository repository) {}

  private record Blob(Home home, Digest digest) {}

  private record Location(Target target, Instant until) {}

  /**
   * What a range fetch shall do.
   *
   * @param target go there; null: ask the registry
   * @param scoutsReturn if not null, do nothing until this ends, then look once more
   * @param scout whether others wait for what this fetch learns; it must call {@link #arrived}
   */
  record Way(@Nullable Target target, @Nullable Future<Void> scoutsReturn, boolean scout) {}

  /**
   * @param hasWaited go to the registry rather than wait again
   */
  synchronized Way way(Home home, Digest digest, boolean hasWaited) {
    Blob blob = new Blob(home, digest);
    Location location = locations.get(blob);
    if (location != null && Instant.now().isBefore(location.until())) {
      return new Way(location.target(), null, false);
    }
    locations.remove(blob);
    if (hasWaited || direct.contains(home)) {
      return new Way(null, null, false);
    }
    Promise<Void> scout = scouts.get(blob);
    if (scout != null) {
      return new Way(null, scout.future(), false);
    }
    scouts.put(blob, Promise.promise());
    return new Way(null, null, true);
  }

  /** The scout is back, with or without news. */
  void arrived(Home home, Digest digest) {
    Promise<Void> scout;
    synchronized (this) {
      scout = scouts.remove(new Blob(home, digest));
    }
    if (scout != null) {
      scout.tryComplete();
    }
  }

  /** Blobs and repositories of which something is known. */
  synchronized int size() {
    return locations.size() + direct.size();
  }

  /** The registry served a blob itself. */
  void direct(Home home) {
    direct.add(home);
  }

  void put(Home home, Digest digest, Target target) {
    Instant now = Instant.now();
    Instant end = SignedUrl.expiry(target.uri());
    Instant until;
    if (end == null) {
      until = now.plus(WITHOUT_EXPIRY);
    } else {
      // Not to the last moment: clocks differ, and a request takes a while.
      until = now.plus(Duration.between(now, end).multipliedBy(8).dividedBy(10));
    }
    direct.remove(home);
    synchronized (this) {
      locations.put(new Blob(home, digest), new Location(target, until));
    }
  }

  /** Forgets a place that didn't serve the blob, unless another is known by now. */
  synchronized void forget(Home home, Digest digest, Target target) {
    Blob blob = new Blob(home, digest);
    Location location = locations.get(blob);
    if (location != null && location.target().equals(target)) {
      locations.remove(blob);
    }
  }
}
