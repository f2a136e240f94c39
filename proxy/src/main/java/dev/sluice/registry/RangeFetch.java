package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Repository;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings one range of a blob to its sink, each byte once and in order, over as many requests as it
 * takes.
 */
final class RangeFetch {
  /*
   * `at` is the next byte that the sink wants. An attempt asks a host for [at, to) and may end early:
   * a reset, a stall, a short body. The next one, there or at another host, goes on from `at`; only
   * attempts that brought nothing count against the limit. A place that a redirect led to is used without asking the
   * registry again until it refuses; then the registry is asked once more for a fresh one.
   */
  private static final Set<Integer> REFUSALS = Set.of(400, 401, 403, 404, 410);

  /** The longest way to a range that a server without ranges may send us through. */
  private static final long SKIP_LIMIT = 64L << 20;

  private final RangeFetcher from;
  private final Operation operation;
  private final Repository repository;
  private final Descriptor blob;
  private final long to;
  private final RangeTerms terms;
  private final RegistryClient.RangeSink sink;
  private long at;
  private boolean refreshed;

  RangeFetch(
      RangeFetcher from,
      Operation operation,
      Repository repository,
      Descriptor blob,
      long at,
      long to,
      RangeTerms terms,
      RegistryClient.RangeSink sink) {
    this.from = from;
    this.operation = operation;
    this.repository = repository;
    this.blob = blob;
    this.at = at;
    this.to = to;
    this.terms = terms;
    this.sink = sink;
  }

  Future<Void> run() {
    if (at == to) {
      return Future.succeededFuture();
    }
    RegistryHost slow =
        terms.elsewhere() ? from.served().last(repository, blob.digest(), at, to) : null;
    return from.failover()
        .ask(
            operation,
            Need.blob(repository, blob.digest()),
            host -> host.equals(slow) || !from.ranges().supported(host, repository),
            () -> at,
            this::attempt);
  }

  private Future<Void> attempt(RegistryHost host) {
    if (at == to) {
      return Future.succeededFuture();
    }
    refreshed = false;
    from.served().asked(repository, blob.digest(), host, at, to);
    return once(host, false)
        .onFailure(cause -> {
          if (!operation.ended()) {
            terms.setback().accept(Failures.of(operation, cause).kind());
          }
        });
  }

  private Future<Void> once(RegistryHost host, boolean hasWaited) {
    BlobLocations.Home place = new BlobLocations.Home(host.origin(), repository);
    BlobLocations.Way way = from.locations().way(place, blob.digest(), hasWaited);
    if (way.scoutsReturn() != null) {
      return operation.here(way.scoutsReturn()).compose(_ -> once(host, true));
    }
    Target home = Endpoints.blob(host, repository, blob.digest());
    Target target = way.target() == null ? home : way.target();
    boolean atHome = target.origin().equals(home.origin());
    Call call =
        Call.of(HttpMethod.GET, target, atHome ? Scope.pull(host, repository) : null)
            .with("Range", "bytes=" + at + "-" + (to - 1))
            .with("Accept-Encoding", "identity");
    return from.exchange()
        .send(operation, call)
        .onComplete(head -> {
          if (head.succeeded()) {
            learn(head.result(), place, home, way);
          }
          if (way.scout()) {
            from.locations().arrived(place, blob.digest());
          }
        })
        .compose(answer -> judge(host, answer, way.target()));
  }

  private void learn(Answer answer, BlobLocations.Home place, Target home, BlobLocations.Way way) {
    boolean good = answer.status() == 206 || answer.status() == 200;
    if (way.target() != null && REFUSALS.contains(answer.status())) {
      from.locations().forget(place, blob.digest(), way.target());
    } else if (good && answer.target().equals(home)) {
      from.locations().direct(place);
    } else if (good && way.target() == null) {
      from.locations().put(place, blob.digest(), answer.target());
    }
  }

  private Future<Void> judge(RegistryHost host, Answer answer, @Nullable Target remembered) {
    int status = answer.status();
    if (status == 206) {
      return partial(answer);
    }
    if (status == 200) {
      return whole(host, answer);
    }
    if (remembered != null && REFUSALS.contains(status) && !refreshed) {
      refreshed = true;
      answer.discard();
      return once(host, false);
    }
    return StatusFailure.fail(operation, answer);
  }

  private Future<Void> partial(Answer answer) {
    if (answer.mediaType().startsWith("multipart/")) {
      return refuse(answer, FailureKind.UNSUPPORTED, "a multipart answer to a single range");
    }
    String encoding = answer.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      return refuse(answer, FailureKind.UNSUPPORTED, "the range in encoding '" + encoding + "'");
    }
    String header = answer.header("Content-Range");
    ContentRange range = ContentRange.parse(header);
    if (range == null) {
      return refuse(answer, FailureKind.CORRUPT, "206 without a Content-Range that can be read");
    }
    if (range.total() >= 0 && range.total() != blob.size()) {
      return refuse(
          answer,
          FailureKind.CORRUPT,
          "the blob has " + range.total() + " bytes; the manifest says " + blob.size());
    }
    if (range.first() != at || range.last() >= to || range.last() < range.first()) {
      return refuse(
          answer,
          FailureKind.CORRUPT,
          "bytes " + range.first() + "-" + range.last() + " instead of " + at + "-" + (to - 1));
    }
    long promised = range.last() - range.first() + 1;
    if (answer.length() >= 0 && answer.length() != promised) {
      return refuse(
          answer,
          FailureKind.CORRUPT,
          "a body of " + answer.length() + " bytes for a range of " + promised);
    }
    long end = range.last() + 1;
    return answer.stream(
            bytes -> {
              if (at + bytes.length() > end) {
                throw operation.failure(
                    FailureKind.CORRUPT,
                    answer.target().origin() + " sends more than the range that it announced");
              }
              deliver(bytes);
            })
        .compose(_ -> ended(answer));
  }

  /** The range was ignored: let the bytes before it pass. */
  private Future<Void> whole(RegistryHost host, Answer answer) {
    String encoding = answer.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      return refuse(answer, FailureKind.UNSUPPORTED, "the blob in encoding '" + encoding + "'");
    }
    if (answer.length() >= 0 && answer.length() != blob.size()) {
      return refuse(
          answer,
          FailureKind.CORRUPT,
          "the blob has " + answer.length() + " bytes; the manifest says " + blob.size());
    }
    if (at > 0 || to < blob.size()) {
      from.ranges().ignoredBy(answer.target().origin(), host, repository);
    }
    if (at > SKIP_LIMIT) {
      return refuse(
          answer,
          FailureKind.UNSUPPORTED,
          "the whole blob instead of bytes from " + at + ", too far to skip to");
    }
    return new Skipped(answer).run();
  }

  /** A whole blob of which only {@code [at, to)} is wanted. */
  private final class Skipped {
    private final Answer answer;
    private long position;

    Skipped(Answer answer) {
      this.answer = answer;
    }

    Future<Void> run() {
      return answer.stream(this::take)
          .compose(_ -> ended(answer))
          .recover(cause -> at == to ? Future.succeededFuture() : Future.failedFuture(cause));
    }

    private void take(Buffer bytes) {
      operation.heard();
      long start = position;
      position += bytes.length();
      if (position > at) {
        int first = (int) Math.max(0, at - start);
        int last = (int) Math.min(bytes.length(), to - start);
        deliver(first == 0 && last == bytes.length() ? bytes : bytes.slice(first, last));
      }
      if (at == to && position < blob.size()) {
        answer.abort();
      }
    }
  }

  private void deliver(Buffer bytes) {
    if (operation.ended()) {
      throw operation.failure(FailureKind.CANCELLED, "given up");
    }
    // First the count: whatever the sink does, these bytes must not come again.
    at += bytes.length();
    refreshed = false;
    operation.heard();
    from.retrier().progressed(operation);
    try {
      sink.bytes(bytes);
    } catch (RuntimeException e) {
      throw new SluiceException(
          FailureKind.INTERNAL, operation + ": the receiver of the bytes failed", e);
    }
  }

  private Future<Void> ended(Answer answer) {
    return at == to
        ? Future.succeededFuture()
        : Future.failedFuture(
            operation.failure(
                FailureKind.UNAVAILABLE,
                answer.target().origin() + " ended the body " + (to - at) + " bytes early"));
  }

  private Future<Void> refuse(Answer answer, FailureKind kind, String sent) {
    answer.abort();
    return Future.failedFuture(
        operation.failure(kind, answer.target().origin() + " sends " + sent));
  }
}
