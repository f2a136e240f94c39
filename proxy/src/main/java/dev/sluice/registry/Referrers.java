package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Lists what refers to a manifest: by the Referrers API, else by the fallback tag. */
final class Referrers {
  private static final int MOST_PAGES = 64;
  private static final int PAGE_LIMIT = 8 << 20;
  private static final Pattern NEXT =
      Pattern.compile("<([^>]*)>\\s*;[^,]*\\brel=\"?next\"?", Pattern.CASE_INSENSITIVE);

  private final Exchange exchange;
  private final ManifestPuller puller;
  private final ManifestPusher pusher;

  Referrers(Exchange exchange, ManifestPuller puller, ManifestPusher pusher) {
    this.exchange = exchange;
    this.puller = puller;
    this.pusher = pusher;
  }

  static String fallbackTag(Digest subject) {
    return subject.algorithm() + "-" + subject.hex();
  }

  /**
   * What a host's Referrers API lists.
   *
   * @throws SluiceException NOT_FOUND if it has none, or if it is a mirror and its list is empty: a
   *     mirror may not have heard of what the registry knows
   */
  Future<List<Descriptor>> list(
      Operation operation, Scope scope, Digest subject, String artifactType) {
    Target first = Endpoints.referrers(scope.host(), scope.repository(), subject, artifactType);
    return page(operation, scope, first, new ArrayList<>(), 1)
        .map(all -> only(all, artifactType))
        .compose(all ->
            all.isEmpty() && scope.host().named()
                ? Future.failedFuture(
                    operation.failure(
                        FailureKind.NOT_FOUND, "mirror " + scope.host() + " knows of none"))
                : Future.succeededFuture(all));
  }

  /**
   * What the fallback tag lists at a host.
   *
   * @throws SluiceException NOT_FOUND if there is no such tag
   */
  Future<List<Descriptor>> tagged(
      Operation operation, Scope scope, Digest subject, String artifactType) {
    return index(operation, scope, subject).map(index -> only(index.manifests(), artifactType));
  }

  private static List<Descriptor> only(List<Descriptor> all, String artifactType) {
    return all.stream().filter(one -> artifactType.equals(one.artifactType())).toList();
  }

  private Future<List<Descriptor>> page(
      Operation operation, Scope scope, Target target, List<Descriptor> sofar, int number) {
    Call call = Call.get(target, scope).with("Accept", MediaTypes.OCI_INDEX);
    return exchange
        .send(operation, call)
        .compose(answer -> {
          boolean api = answer.status() == 200 && answer.mediaType().equals(MediaTypes.OCI_INDEX);
          if (api) {
            return answer
                .body(PAGE_LIMIT)
                .compose(body -> {
                  sofar.addAll(FallbackIndex.parse(operation, body.getBytes()));
                  Target next = next(operation, scope.host(), answer);
                  if (next == null) {
                    return Future.succeededFuture(sofar);
                  }
                  if (number == MOST_PAGES) {
                    return Future.failedFuture(
                        operation.failure(
                            FailureKind.EXHAUSTED,
                            "the list has more than " + MOST_PAGES + " pages"));
                  }
                  return page(operation, scope, next, sofar, number + 1);
                });
          }
          if (number == 1 && (answer.status() == 404 || answer.status() == 200)) {
            answer.discard();
            return Future.failedFuture(
                operation.failure(
                    FailureKind.NOT_FOUND, scope.host() + " has no Referrers API for it"));
          }
          return StatusFailure.fail(operation, answer);
        });
  }

  private static @Nullable Target next(Operation operation, RegistryHost host, Answer answer) {
    for (String header : answer.headers("Link")) {
      Matcher link = NEXT.matcher(header);
      if (link.find()) {
        Target next;
        try {
          next = answer.target().resolve(link.group(1));
        } catch (IllegalArgumentException e) {
          throw operation.failure(
              FailureKind.UNSUPPORTED, "the link to the next page is no URL: " + e.getMessage());
        }
        if (!next.origin().equals(answer.target().origin())) {
          throw operation.failure(
              FailureKind.FORBIDDEN, "the link to the next page leads to " + next.origin());
        }
        return host.naming(next);
      }
    }
    return null;
  }

  private Future<FallbackIndex> index(Operation operation, Scope scope, Digest subject) {
    return puller
        .pull(operation, scope, fallbackTag(subject))
        .map(pulled -> FallbackIndex.of(operation, pulled));
  }

  /** The result, or {@code absent} if it failed as there is no such thing. */
  static <T> Future<T> unlessAbsent(Future<T> result, T absent) {
    return result.recover(cause ->
        SluiceException.kindOf(cause) == FailureKind.NOT_FOUND
            ? Future.succeededFuture(absent)
            : Future.failedFuture(cause));
  }

  /** Enters a referrer under the fallback tag, unless it is there. */
  Future<Void> add(Operation operation, Scope scope, Digest subject, Descriptor referrer) {
    Scope reading = Scope.pull(scope.host(), scope.repository());
    return unlessAbsent(index(operation, reading, subject), FallbackIndex.EMPTY)
        .compose(index -> {
          if (index.names(referrer.digest())) {
            return Future.succeededFuture();
          }
          Content changed = index.with(referrer);
          return pusher
              .push(operation, scope, fallbackTag(subject), changed, index.etag())
              .mapEmpty();
        });
  }
}
