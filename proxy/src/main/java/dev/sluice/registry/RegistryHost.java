package dev.sluice.registry;

import dev.sluice.oci.Repository;
import dev.sluice.registry.hosts.Capability;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A host that serves a registry: the registry itself or a mirror.
 *
 * @param namespace {@code name[:port]} of the registry
 * @param plainOrigin where it is asked if it turns out not to speak TLS; null: nowhere
 * @param base path before {@code /<repository>/…}
 * @param headers for every request to it, and for tokens for it
 * @param credentialHost under which name credentials for it are kept
 * @param named whether requests must say which registry is meant
 * @param backed whether another host stands behind it: then it gets less patience
 */
record RegistryHost(
    String namespace,
    HttpOrigin origin,
    @Nullable HttpOrigin plainOrigin,
    String base,
    Set<Capability> capabilities,
    Map<String, List<String>> headers,
    Reach reach,
    String credentialHost,
    boolean named,
    boolean backed) {

  /** A registry of which only the place is known. */
  static RegistryHost of(String namespace, HttpOrigin origin) {
    return new RegistryHost(
        namespace,
        origin,
        null,
        "/v2",
        Capability.ALL,
        Map.of(),
        Reach.DEFAULT,
        namespace,
        false,
        false);
  }

  /** The same, asked without TLS. */
  RegistryHost withoutTls() {
    return plainOrigin == null
        ? this
        : new RegistryHost(
            namespace,
            plainOrigin,
            null,
            base,
            capabilities,
            headers,
            reach,
            credentialHost,
            named,
            backed);
  }

  /** The root of its API. */
  Target root() {
    return new Target(origin, base + "/", reach);
  }

  Target at(Repository repository, String rest) {
    return naming(new Target(origin, base + "/" + repository.path() + "/" + rest, reach));
  }

  /** The same place, with the name of the registry where that is wanted. */
  Target naming(Target target) {
    return !named || target.uri().matches(".*[?&]ns=.*")
        ? target
        : target.withQuery("ns=" + URLEncoder.encode(namespace, StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return origin.toString();
  }
}
