package dev.sluice.registry;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How a client reaches registries. Immutable: each {@code with…} gives a changed copy. */
public final class RegistryOptions {
  private static final int CONNECTIONS_PER_ORIGIN = 32;

  private boolean allPlainHttp;
  private Set<String> plainHttpHosts = Set.of();
  private List<Path> caFiles = List.of();
  private @Nullable Path clientCertificate;
  private @Nullable Path clientKey;
  private Map<String, String> environment = System.getenv();
  private List<Path> hostsDirectories = List.of();
  private @Nullable CredentialSource credentials;
  private boolean http2 = true;
  private int connectionsPerOrigin = CONNECTIONS_PER_ORIGIN;
  private Timeouts timeouts = Timeouts.DEFAULT;
  private RetryPolicy retries = RetryPolicy.DEFAULT;
  private BreakerPolicy breaker = BreakerPolicy.DEFAULT;
  private RegistryObserver observer = RegistryObserver.NONE;

  private RegistryOptions() {}

  private RegistryOptions(RegistryOptions from) {
    allPlainHttp = from.allPlainHttp;
    plainHttpHosts = from.plainHttpHosts;
    caFiles = from.caFiles;
    clientCertificate = from.clientCertificate;
    clientKey = from.clientKey;
    environment = from.environment;
    hostsDirectories = from.hostsDirectories;
    credentials = from.credentials;
    http2 = from.http2;
    connectionsPerOrigin = from.connectionsPerOrigin;
    timeouts = from.timeouts;
    retries = from.retries;
    breaker = from.breaker;
    observer = from.observer;
  }

  /** TLS, the system's trust, the user's Docker credentials. */
  public static RegistryOptions defaults() {
    return new RegistryOptions();
  }

  /** HTTP without TLS for every registry. */
  public RegistryOptions withPlainHttp(boolean all) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.allPlainHttp = all;
    return changed;
  }

  /** HTTP without TLS for these registries ({@code name[:port]}). */
  public RegistryOptions withPlainHttpHosts(Set<String> hosts) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.plainHttpHosts = Set.copyOf(hosts);
    return changed;
  }

  /** Trusts the certificates in these PEM files beside those that the system trusts. */
  public RegistryOptions withCaFiles(List<Path> files) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.caFiles = List.copyOf(files);
    return changed;
  }

  /**
   * Shows this certificate (PEM) where a server asks for one.
   *
   * @param key PEM file; null if the key stands in the certificate's file
   */
  public RegistryOptions withClientCertificate(Path certificate, @Nullable Path key) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.clientCertificate = certificate;
    changed.clientKey = key;
    return changed;
  }

  /**
   * Reads hosts.toml and certificates in these directories, as containerd does in its {@code
   * config_path}: in order, live. They need not exist. With any of them a registry on loopback may
   * be reached without TLS, as containerd does it.
   */
  public RegistryOptions withHostsDirectories(List<Path> directories) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.hostsDirectories = List.copyOf(directories);
    return changed;
  }

  /** The variables that name credentials, certificates and proxies; else this process's own. */
  public RegistryOptions withEnvironment(Map<String, String> variables) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.environment = Map.copyOf(variables);
    return changed;
  }

  /** Takes credentials from here instead of the user's Docker configuration. */
  public RegistryOptions withCredentials(CredentialSource source) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.credentials = source;
    return changed;
  }

  /** Whether HTTP/2 may be spoken over TLS. */
  public RegistryOptions withHttp2(boolean allowed) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.http2 = allowed;
    return changed;
  }

  /** The most HTTP/1.1 connections to one origin. */
  public RegistryOptions withConnectionsPerOrigin(int connections) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.connectionsPerOrigin = connections;
    return changed;
  }

  public RegistryOptions withTimeouts(Timeouts bounds) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.timeouts = bounds;
    return changed;
  }

  public RegistryOptions withRetries(RetryPolicy policy) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.retries = policy;
    return changed;
  }

  public RegistryOptions withBreaker(BreakerPolicy policy) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.breaker = policy;
    return changed;
  }

  public RegistryOptions withObserver(RegistryObserver watcher) {
    RegistryOptions changed = new RegistryOptions(this);
    changed.observer = watcher;
    return changed;
  }

  /** Whether the registry {@code name[:port]} is reached without TLS. */
  boolean plain(String host) {
    return allPlainHttp || plainHttpHosts.contains(host);
  }

  /** Whether no registry is reached by TLS. */
  boolean neverTls() {
    return allPlainHttp;
  }

  List<Path> hostsDirectories() {
    return hostsDirectories;
  }

  /** Whether the user has named certificates. */
  boolean hasTlsFiles() {
    return !caFiles.isEmpty() || clientCertificate != null;
  }

  List<Path> caFiles() {
    return caFiles;
  }

  @Nullable Path clientCertificate() {
    return clientCertificate;
  }

  @Nullable Path clientKey() {
    return clientKey;
  }

  Map<String, String> environment() {
    return environment;
  }

  CredentialSource credentials(io.vertx.core.Vertx vertx) {
    return credentials == null ? DockerCredentials.of(vertx, environment) : credentials;
  }

  boolean http2() {
    return http2;
  }

  int connectionsPerOrigin() {
    return connectionsPerOrigin;
  }

  Timeouts timeouts() {
    return timeouts;
  }

  RetryPolicy retries() {
    return retries;
  }

  BreakerPolicy breaker() {
    return breaker;
  }

  RegistryObserver observer() {
    return observer;
  }
}
