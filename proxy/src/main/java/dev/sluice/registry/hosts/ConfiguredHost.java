package dev.sluice.registry.hosts;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One host of a registry as a file describes it.
 *
 * @param url null: the registry itself
 * @param headers for its requests; values in order
 * @param dialTimeout for a TCP connection; null if nobody said
 */
public record ConfiguredHost(
    @Nullable HostUrl url,
    Set<Capability> capabilities,
    TlsFiles tls,
    Map<String, List<String>> headers,
    @Nullable Duration dialTimeout) {

  /** The registry itself, of which nothing else is known. */
  static ConfiguredHost itself(TlsFiles tls) {
    return new ConfiguredHost(null, Capability.ALL, tls, Map.of(), null);
  }

  /** The same at a known place. */
  ConfiguredHost at(HostUrl place, TlsFiles secured) {
    return new ConfiguredHost(place, capabilities, secured, headers, dialTimeout);
  }
}
