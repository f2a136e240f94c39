package dev.sluice.registry;

import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import dev.sluice.registry.hosts.Capability;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a host must be good for.
 *
 * @param blob the blob that is read, or null
 */
record Need(Repository repository, Set<Capability> capabilities, @Nullable Digest blob) {
  static Need manifest(Repository repository, String tagOrDigest) {
    return new Need(
        repository,
        Digest.isDigest(tagOrDigest)
            ? Set.of(Capability.PULL)
            : Set.of(Capability.PULL, Capability.RESOLVE),
        null);
  }

  static Need blob(Repository repository, Digest digest) {
    return new Need(repository, Set.of(Capability.PULL), digest);
  }

  static Need referrers(Repository repository) {
    return new Need(repository, Set.of(Capability.REFERRERS), null);
  }

  static Need push(Repository repository) {
    return new Need(repository, Set.of(Capability.PUSH), null);
  }

  /** The hosts that are good for it. What is pushed goes to one host only. */
  List<RegistryHost> among(List<RegistryHost> all) {
    List<RegistryHost> able =
        all.stream().filter(host -> host.capabilities().containsAll(capabilities)).toList();
    return capabilities.contains(Capability.PUSH) && able.size() > 1
        ? List.of(able.getFirst())
        : able;
  }
}
