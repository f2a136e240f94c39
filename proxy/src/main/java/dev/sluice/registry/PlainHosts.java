package dev.sluice.registry;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Remembers which hosts turned out not to speak TLS, of those that may do either. */
final class PlainHosts {
  private static final long LIFE_NANOS = Duration.ofMinutes(10).toNanos();
  private static final int MOST = 1024;

  /** What netty throws at an answer that is no TLS; its class isn't ours to link against. */
  private static final String NO_TLS = "io.netty.handler.ssl.NotSslRecordException";

  private final Map<RegistryHost, Long> plainSinceNanos = new ConcurrentHashMap<>();

  /** The host as it is to be asked now. */
  RegistryHost now(RegistryHost host) {
    if (host.plainOrigin() == null) {
      return host;
    }
    Long since = plainSinceNanos.get(host);
    return since != null && System.nanoTime() - since < LIFE_NANOS ? host.withoutTls() : host;
  }

  /** Whether {@code cause} says that a host doesn't speak TLS though it may be asked without. */
  boolean learn(RegistryHost host, Throwable cause) {
    HttpOrigin plain = host.plainOrigin();
    boolean otherPort = plain != null && plain.port() != host.origin().port();
    if (plain == null || !(speaksNoTls(cause) || (otherPort && isUnreachable(cause)))) {
      return false;
    }
    if (plainSinceNanos.size() >= MOST) {
      plainSinceNanos.clear();
    }
    plainSinceNanos.put(host, System.nanoTime());
    return true;
  }

  private static boolean speaksNoTls(Throwable failure) {
    for (@Nullable Throwable at = failure; at != null; at = at.getCause()) {
      if (at instanceof SSLException
          && (at.getClass().getName().equals(NO_TLS)
              || at.getClass().getSimpleName().contains("HandshakeTimeout"))) {
        return true;
      }
    }
    return false;
  }

  private static boolean isUnreachable(Throwable failure) {
    return failure.getCause() instanceof java.net.ConnectException;
  }
}
