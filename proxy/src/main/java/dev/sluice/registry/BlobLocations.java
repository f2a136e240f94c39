package dev.sluice.registry;

import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Remembers where a registry's redirects led, so that each range needs only one request. */
final class BlobLocations {
  private static final int MOST = 4096;
  private static final Duration WITHOUT_EXPIRY = Duration.ofMinutes(10);

  private final Map<Blob, Location> locations =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Blob, Location> eldest) {
          return size() > MOST;
        }
      };

  private record Blob(Repository repository, Digest digest) {}

  private record Location(Target target, Instant until) {}

  synchronized @Nullable Target get(Repository repository, Digest digest) {
    Blob blob = new Blob(repository, digest);
    Location location = locations.get(blob);
    if (location != null && !Instant.now().isBefore(location.until())) {
      locations.remove(blob);
      return null;
    }
    return location == null ? null : location.target();
  }

  void put(Repository repository, Digest digest, Target target) {
    Instant now = Instant.now();
    Instant end = SignedUrl.expiry(target.uri());
    Instant until;
    if (end == null) {
      until = now.plus(WITHOUT_EXPIRY);
    } else {
      // Not to the last moment: clocks differ, and a request takes a while.
      until = now.plus(Duration.between(now, end).multipliedBy(8).dividedBy(10));
    }
    synchronized (this) {
      locations.put(new Blob(repository, digest), new Location(target, until));
    }
  }

  /** Forgets a place that didn't serve the blob, unless another is known by now. */
  synchronized void forget(Repository repository, Digest digest, Target target) {
    Blob blob = new Blob(repository, digest);
    Location location = locations.get(blob);
    if (location != null && location.target().equals(target)) {
      locations.remove(blob);
    }
  }
}
