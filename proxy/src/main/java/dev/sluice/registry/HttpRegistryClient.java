package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import dev.sluice.registry.hosts.Capability;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts the parts together and names each call. */
final class HttpRegistryClient implements RegistryClient {
  private static final int MOST_HOSTS = 1024;

  private final Vertx vertx;
  private final RegistryOptions options;
  private final Loops loops;
  private final Transport transport;
  private final Retrier retrier;
  private final ManifestPuller manifestPuller;
  private final ManifestPusher manifestPusher;
  private final BlobReader blobReader;
  private final BlobPusher blobPusher;
  private final Referrers referrers;
  private final RangeFetcher ranges;
  private final Hosts hosts;
  private final HostHealth health;
  private final Breaker breaker;
  private final Failover failover;

  /** Registries whose Referrers API has answered; as few as a node pulls from. */
  private final RecentSet<String> withReferrers = new RecentSet<>(MOST_HOSTS);

  HttpRegistryClient(Vertx vertx, RegistryOptions options) {
    this.vertx = vertx;
    this.options = options;
    loops = new Loops(vertx);
    transport = new Transport(vertx, options);
    retrier = new Retrier(options.retries(), options.observer());
    HostGate gate = new HostGate(options.retries().longestGate());
    CachedCredentials credentials = new CachedCredentials(options.credentials(vertx));
    TokenStore tokens =
        new TokenStore(
            new TokenEndpoint(vertx, loops, transport, retrier, gate, credentials, options));
    Exchange exchange =
        new Exchange(transport, new Authorizer(tokens, credentials), gate, options.observer());
    hosts = new Hosts(vertx, options);
    HostProbe probe = new HostProbe(vertx, loops, transport);
    health = new HostHealth(probe::answers);
    breaker = new Breaker(vertx, options.breaker(), probe::answers, options.observer());
    failover = new Failover(hosts, health, breaker, gate, retrier, options.observer());
    manifestPuller = new ManifestPuller(exchange);
    manifestPusher = new ManifestPusher(exchange);
    blobReader = new BlobReader(exchange);
    blobPusher = new BlobPusher(exchange, blobReader);
    referrers = new Referrers(exchange, manifestPuller, manifestPusher);
    ranges =
        new RangeFetcher(
            exchange,
            failover,
            retrier,
            new BlobLocations(),
            new RangeSupport(),
            new ServedRanges());
  }

  @Override
  public Future<Content> manifest(Repository repository, String tagOrDigest) {
    return asked(
        "read manifest " + tagOrDigest + " of " + repository,
        0,
        Need.manifest(repository, tagOrDigest),
        (operation, host) -> {
          Endpoints.check(tagOrDigest);
          return manifestPuller
              .pull(operation, Scope.pull(host, repository), tagOrDigest)
              .map(ManifestPuller.Pulled::content);
        });
  }

  @Override
  public Future<byte[]> smallBlob(Repository repository, Digest digest, int limit) {
    return asked(
        "read blob " + digest + " of " + repository,
        limit,
        Need.blob(repository, digest),
        (operation, host) -> blobReader.read(operation, host, repository, digest, limit));
  }

  @Override
  public Future<Void> range(
      Repository repository,
      Descriptor blob,
      long from,
      long to,
      RangeTerms terms,
      RangeSink sink) {
    String what =
        "read bytes " + from + "-" + (to - 1) + " of blob " + blob.digest() + " of " + repository;
    if (from < 0 || to < from || to > blob.size()) {
      return Future.failedFuture(
          new SluiceException(
              FailureKind.INVALID, what + ": the blob has " + blob.size() + " bytes"));
    }
    return run(
        what,
        to - from,
        repository,
        options.timeouts().silence(),
        terms,
        operation ->
            new RangeFetch(ranges, operation, repository, blob, from, to, terms, sink).run());
  }

  @Override
  public boolean rangesSupported(Repository repository) {
    Need need = new Need(repository, Set.of(Capability.PULL), null);
    return ranges.ranges().supported(need.among(hosts.last(repository.host())), repository);
  }

  @Override
  public void distrust(Repository repository, Digest blob, long from, long to) {
    RegistryHost host = ranges.served().last(repository, blob, from, to);
    if (host != null && host.backed()) {
      health.corrupts(host, blob);
    }
  }

  @Override
  public Future<List<Descriptor>> referrers(
      Repository repository, Digest subject, String artifactType) {
    return run(
        "list what refers to " + subject + " of " + repository,
        0,
        repository,
        operation ->
            hosts
                .of(repository.host())
                .compose(all -> listed(operation, all, repository, subject, artifactType)));
  }

  /** By the Referrers API of a host that has one; else by the tag that stands in for it. */
  private Future<List<Descriptor>> listed(
      Operation operation,
      List<RegistryHost> all,
      Repository repository,
      Digest subject,
      String artifactType) {
    Need api = Need.referrers(repository);
    Future<List<Descriptor>> byApi =
        api.among(all).isEmpty()
            ? Future.failedFuture(
                operation.failure(FailureKind.NOT_FOUND, "no host may be asked for referrers"))
            : failover.ask(
                operation,
                api,
                host ->
                    referrers.list(operation, Scope.pull(host, repository), subject, artifactType));
    Supplier<Future<List<Descriptor>>> byTag =
        () ->
            failover.ask(
                operation,
                Need.manifest(repository, Referrers.fallbackTag(subject)),
                host ->
                    referrers.tagged(
                        operation, Scope.pull(host, repository), subject, artifactType));
    // Where it is not known which of the two works, the answer to one is not waited for.
    Future<List<Descriptor>> beside =
        withReferrers.contains(repository.host()) ? null : byTag.get();
    Future<List<Descriptor>> listed =
        byApi
            .onSuccess(_ -> withReferrers.add(repository.host()))
            .recover(cause -> {
              if (SluiceException.kindOf(cause) != FailureKind.NOT_FOUND) {
                return Future.failedFuture(cause);
              }
              return beside == null ? byTag.get() : beside;
            });
    return Referrers.unlessAbsent(listed, List.of());
  }

  @Override
  public Future<Void> addReferrer(Repository repository, Digest subject, Descriptor referrer) {
    return asked(
        "enter a referrer under tag " + Referrers.fallbackTag(subject) + " of " + repository,
        0,
        Need.push(repository),
        (operation, host) ->
            referrers.add(operation, Scope.push(host, repository), subject, referrer));
  }

  @Override
  public Future<Boolean> hasBlob(Repository repository, Digest digest) {
    return asked(
        "look for blob " + digest + " of " + repository,
        0,
        Need.push(repository),
        (operation, host) -> blobReader.exists(operation, Scope.pull(host, repository), digest));
  }

  @Override
  public Future<Void> pushBlob(Repository repository, Descriptor blob, BodySource body) {
    return asked(
        "push blob " + blob.digest() + " to " + repository,
        blob.size(),
        Need.push(repository),
        (operation, host) -> blobPusher.push(operation, Scope.push(host, repository), blob, body));
  }

  @Override
  public Future<PushedManifest> pushManifest(
      Repository repository, String tagOrDigest, Content content) {
    return asked(
        "push manifest " + tagOrDigest + " to " + repository,
        content.bytes().length,
        Need.push(repository),
        (operation, host) -> {
          Endpoints.check(tagOrDigest);
          return manifestPusher.push(
              operation, Scope.push(host, repository), tagOrDigest, content, null);
        });
  }

  @Override
  public Future<Void> close() {
    breaker.stop();
    return transport.close();
  }

  private <T extends @Nullable Object> Future<T> asked(
      String what, long bytes, Need need, BiFunction<Operation, RegistryHost, Future<T>> attempt) {
    return run(
        what,
        bytes,
        need.repository(),
        operation -> failover.ask(operation, need, host -> attempt.apply(operation, host)));
  }

  private <T extends @Nullable Object> Future<T> run(
      String what, long bytes, Repository repository, Function<Operation, Future<T>> body) {
    return run(what, bytes, repository, null, RangeTerms.DEMAND, body);
  }

  private <T extends @Nullable Object> Future<T> run(
      String what,
      long bytes,
      Repository repository,
      @Nullable Duration silence,
      RangeTerms terms,
      Function<Operation, Future<T>> body) {
    return Operation.run(
        vertx,
        loops.next(),
        what,
        options.timeouts().wholeFor(bytes),
        silence,
        terms,
        operation -> {
          Endpoints.check(repository);
          return body.apply(operation);
        });
  }
}
