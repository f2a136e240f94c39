package dev.sluice.registry;

import dev.sluice.registry.hosts.TlsFiles;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How connections to a host are made, where that differs from the options. It holds for all hops of
 * a request, also for those that a redirect or a token endpoint leads to.
 *
 * @param dialTimeout for a TCP connection; null: as the options say
 */
record Reach(TlsFiles tls, @Nullable Duration dialTimeout) {
  static final Reach DEFAULT = new Reach(TlsFiles.NONE, null);
}
