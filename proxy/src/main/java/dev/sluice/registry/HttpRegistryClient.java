package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Puts the parts together and names each call. */
final class HttpRegistryClient implements RegistryClient {
  private final Vertx vertx;
  private final RegistryOptions options;
  private final Loops loops;
  private final Transport transport;
  private final Endpoints endpoints;
  private final Retrier retrier;
  private final ManifestPuller manifestPuller;
  private final ManifestPusher manifestPusher;
  private final BlobReader blobReader;
  private final BlobPusher blobPusher;
  private final Referrers referrers;
  private final RangeFetcher ranges;

  HttpRegistryClient(Vertx vertx, RegistryOptions options) {
    this.vertx = vertx;
    this.options = options;
    loops = new Loops(vertx);
    transport = new Transport(vertx, options);
    endpoints = new Endpoints(options);
    retrier = new Retrier(options.retries(), options.observer());
    HostGate gate = new HostGate(options.retries().longestGate());
    CachedCredentials credentials = new CachedCredentials(options.credentials(vertx));
    TokenStore tokens =
        new TokenStore(
            new TokenEndpoint(vertx, loops, transport, retrier, gate, credentials, options));
    Exchange exchange =
        new Exchange(transport, new Authorizer(tokens, credentials), gate, options.observer());
    manifestPuller = new ManifestPuller(exchange);
    manifestPusher = new ManifestPusher(exchange, endpoints);
    blobReader = new BlobReader(exchange, endpoints);
    blobPusher = new BlobPusher(exchange, endpoints, blobReader);
    referrers = new Referrers(exchange, endpoints, manifestPuller, manifestPusher);
    ranges =
        new RangeFetcher(exchange, endpoints, retrier, new BlobLocations(), new RangeSupport());
  }

  @Override
  public Future<Content> manifest(Repository repository, String tagOrDigest) {
    return retried(
        "read manifest " + tagOrDigest + " of " + repository,
        0,
        operation ->
            manifestPuller
                .pull(
                    operation,
                    endpoints.manifest(repository, tagOrDigest),
                    Scope.pull(repository),
                    tagOrDigest)
                .map(ManifestPuller.Pulled::content));
  }

  @Override
  public Future<byte[]> smallBlob(Repository repository, Digest digest, int limit) {
    return retried(
        "read blob " + digest + " of " + repository,
        limit,
        operation -> blobReader.read(operation, repository, digest, limit));
  }

  @Override
  public Future<Void> range(
      Repository repository, Descriptor blob, long from, long to, RangeSink sink) {
    String what =
        "read bytes " + from + "-" + (to - 1) + " of blob " + blob.digest() + " of " + repository;
    if (from < 0 || to < from || to > blob.size()) {
      return Future.failedFuture(
          new SluiceException(
              FailureKind.INVALID, what + ": the blob has " + blob.size() + " bytes"));
    }
    return Operation.run(
        vertx,
        loops.next(),
        what,
        options.timeouts().wholeFor(to - from),
        operation -> new RangeFetch(ranges, operation, repository, blob, from, to, sink).run());
  }

  @Override
  public boolean rangesSupported(Repository repository) {
    return ranges.ranges().supported(repository);
  }

  @Override
  public Future<List<Descriptor>> referrers(
      Repository repository, Digest subject, String artifactType) {
    return retried(
        "list what refers to " + subject + " of " + repository,
        0,
        operation -> referrers.list(operation, repository, subject, artifactType));
  }

  @Override
  public Future<Void> addReferrer(Repository repository, Digest subject, Descriptor referrer) {
    return retried(
        "enter a referrer under tag " + Referrers.fallbackTag(subject) + " of " + repository,
        0,
        operation -> referrers.add(operation, repository, subject, referrer));
  }

  @Override
  public Future<Boolean> hasBlob(Repository repository, Digest digest) {
    return retried(
        "look for blob " + digest + " of " + repository,
        0,
        operation -> blobReader.exists(operation, repository, digest, Scope.pull(repository)));
  }

  @Override
  public Future<Void> pushBlob(Repository repository, Descriptor blob, BodySource body) {
    return retried(
        "push blob " + blob.digest() + " to " + repository,
        blob.size(),
        operation -> blobPusher.push(operation, repository, blob, body));
  }

  @Override
  public Future<PushedManifest> pushManifest(
      Repository repository, String tagOrDigest, Content content) {
    return retried(
        "push manifest " + tagOrDigest + " to " + repository,
        content.bytes().length,
        operation -> manifestPusher.push(operation, repository, tagOrDigest, content, null));
  }

  @Override
  public Future<Void> close() {
    return transport.close();
  }

  private <T extends @Nullable Object> Future<T> retried(
      String what, long bytes, Function<Operation, Future<T>> attempt) {
    return Operation.run(
        vertx,
        loops.next(),
        what,
        options.timeouts().wholeFor(bytes),
        operation -> retrier.retry(operation, () -> attempt.apply(operation)));
  }
}
