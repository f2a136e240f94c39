package dev.sluice.registry;

import dev.sluice.oci.Repository;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers which repositories are served by hosts that ignore ranges. */
final class RangeSupport {
  private static final Logger log = LoggerFactory.getLogger(RangeSupport.class);

  private final Set<Repository> without = ConcurrentHashMap.newKeySet();

  void ignoredBy(HttpOrigin origin, Repository repository) {
    if (without.add(repository)) {
      log.warn(
          "{} ignores range requests for {}: its layers can't be read lazily", origin, repository);
    }
  }

  boolean supported(Repository repository) {
    return !without.contains(repository);
  }
}
