package dev.sluice.registry;

import dev.sluice.oci.Repository;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers which hosts ignore ranges, for which repositories. */
final class RangeSupport {
  private static final int MOST = 1024;
  private static final Logger log = LoggerFactory.getLogger(RangeSupport.class);

  private final RecentSet<Served> without = new RecentSet<>(MOST);

  private record Served(HttpOrigin host, Repository repository) {}

  /**
   * @param origin that of {@code host}, or where it redirected to
   */
  void ignoredBy(HttpOrigin origin, RegistryHost host, Repository repository) {
    if (without.add(new Served(host.origin(), repository))) {
      log.warn(
          "{} ignores range requests for {}: its layers can't be read lazily from there",
          origin,
          repository);
    }
  }

  boolean supported(RegistryHost host, Repository repository) {
    return without.isEmpty() || !without.contains(new Served(host.origin(), repository));
  }

  /** Whether any of the hosts may serve ranges. */
  boolean supported(List<RegistryHost> hosts, Repository repository) {
    return hosts.isEmpty() || hosts.stream().anyMatch(host -> supported(host, repository));
  }
}
