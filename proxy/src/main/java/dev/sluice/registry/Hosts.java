package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.registry.hosts.ConfiguredHost;
import dev.sluice.registry.hosts.HostUrl;
import dev.sluice.registry.hosts.HostsDirectories;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hosts that serve each registry, as the options and the files of the node say. */
final class Hosts {
  /*
   * Files count without a restart, but a read of a span shouldn't wait for the file system: what was
   * looked at less than CHECK_NANOS ago is taken as it was. Who comes later waits for a look, off the
   * event loop; those who come meanwhile share it.
   */
  private static final Logger log = LoggerFactory.getLogger(Hosts.class);
  private static final Set<String> DOCKER_HUB = Set.of("docker.io", "index.docker.io");
  private static final String DOCKER_HUB_HOST = "registry-1.docker.io";
  private static final long CHECK_NANOS = Duration.ofSeconds(1).toNanos();
  private static final int MOST = 1024;

  private final Vertx vertx;
  private final RegistryOptions options;
  private final HostsDirectories directories;
  private final Map<String, Known> known = new ConcurrentHashMap<>();
  private final Map<String, Future<List<RegistryHost>>> looks = new ConcurrentHashMap<>();

  private record Known(List<RegistryHost> hosts, long atNanos) {}

  Hosts(Vertx vertx, RegistryOptions options) {
    this.vertx = vertx;
    this.options = options;
    directories = new HostsDirectories(options.hostsDirectories());
  }

  /**
   * In the order in which they are asked; at least one.
   *
   * @param namespace {@code name[:port]} of a registry
   */
  Future<List<RegistryHost>> of(String namespace) {
    if (options.hostsDirectories().isEmpty()) {
      return Future.succeededFuture(List.of(itself(namespace)));
    }
    Known last = known.get(namespace);
    if (last != null && System.nanoTime() - last.atNanos() < CHECK_NANOS) {
      return Future.succeededFuture(last.hosts());
    }
    Promise<List<RegistryHost>> mine = Promise.promise();
    Future<List<RegistryHost>> under = looks.putIfAbsent(namespace, mine.future());
    if (under != null) {
      return under;
    }
    vertx
        .executeBlocking(() -> look(namespace), false)
        .map(Objects::requireNonNull)
        .onComplete(done -> {
          looks.remove(namespace);
          mine.handle(done);
        });
    return mine.future();
  }

  /** The hosts as they were at the last call that used them; empty if there was none. */
  List<RegistryHost> last(String namespace) {
    if (options.hostsDirectories().isEmpty()) {
      return List.of(itself(namespace));
    }
    Known last = known.get(namespace);
    return last == null ? List.of() : last.hosts();
  }

  private List<RegistryHost> look(String namespace) {
    List<RegistryHost> hosts;
    Known last = known.get(namespace);
    try {
      hosts = read(namespace);
    } catch (SluiceException e) {
      if (last == null) {
        throw e;
      }
      log.warn("{}; what was read before still counts", e.getMessage());
      hosts = last.hosts();
    }
    if (known.size() >= MOST) {
      known.clear();
    }
    // The same objects as long as nothing changes.
    hosts = last != null && last.hosts().equals(hosts) ? last.hosts() : hosts;
    known.put(namespace, new Known(hosts, System.nanoTime()));
    return hosts;
  }

  private List<RegistryHost> read(String namespace) {
    List<ConfiguredHost> configured = directories.hosts(namespace, options.plain(namespace));
    List<RegistryHost> hosts = new ArrayList<>();
    for (int i = 0; i < configured.size(); i++) {
      hosts.add(host(namespace, configured.get(i), i < configured.size() - 1));
    }
    return List.copyOf(hosts);
  }

  private RegistryHost host(String namespace, ConfiguredHost configured, boolean backed) {
    HostUrl url = Objects.requireNonNull(configured.url());
    boolean tlsWanted = configured.tls().isConfigured() || options.hasTlsFiles();
    boolean tlsFirst = !url.tls() && tlsWanted && url.port() != 80;
    HttpOrigin origin = origin(url, url.tls() || tlsFirst);
    boolean hub = DOCKER_HUB.contains(namespace) && url.authority().equals(DOCKER_HUB_HOST);
    boolean named = !hub && !url.authority().equals(namespace);
    boolean itself = hub || origin.authority().equals(origin(namespace, origin.tls()).authority());
    return new RegistryHost(
        namespace,
        origin,
        tlsFirst ? origin(url, false) : null,
        url.base(),
        configured.capabilities(),
        configured.headers(),
        new Reach(configured.tls(), configured.dialTimeout()),
        itself ? namespace : origin.authority(),
        named,
        backed);
  }

  private static HttpOrigin origin(HostUrl url, boolean tls) {
    int port = url.port() == -1 ? (tls ? 443 : 80) : url.port();
    return new HttpOrigin(tls, url.host().toLowerCase(java.util.Locale.ROOT), port);
  }

  private RegistryHost itself(String namespace) {
    String real = DOCKER_HUB.contains(namespace) ? DOCKER_HUB_HOST : namespace;
    return RegistryHost.of(namespace, origin(real, !options.plain(namespace)));
  }

  private static HttpOrigin origin(String host, boolean tls) {
    try {
      return HttpOrigin.of(host, tls);
    } catch (IllegalArgumentException e) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + host + "' is no registry: " + e.getMessage());
    }
  }
}
