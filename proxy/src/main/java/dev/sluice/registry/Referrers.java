package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Repository;
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
  private final Endpoints endpoints;
  private final ManifestPuller puller;
  private final ManifestPusher pusher;

  Referrers(Exchange exchange, Endpoints endpoints, ManifestPuller puller, ManifestPusher pusher) {
    this.exchange = exchange;
    this.endpoints = endpoints;
    this.puller = puller;
    this.pusher = pusher;
  }

  static String fallbackTag(Digest subject) {
    return subject.algorithm() + "-" + subject.hex();
  }

  Future<List<Descriptor>> list(
      Operation operation, Repository repository, Digest subject, String artifactType) {
    Target first = endpoints.referrers(repository, subject, artifactType);
    return page(operation, repository, subject, first, new ArrayList<>(), 1)
        .map(all -> all.stream().filter(one -> artifactType.equals(one.artifactType())).toList());
  }

  private Future<List<Descriptor>> page(
      Operation operation,
      Repository repository,
      Digest subject,
      Target target,
      List<Descriptor> sofar,
      int number) {
    Call call = Call.get(target, Scope.pull(repository)).with("Accept", MediaTypes.OCI_INDEX);
    return exchange
        .send(operation, call)
        .compose(answer -> {
          boolean api = answer.status() == 200 && answer.mediaType().equals(MediaTypes.OCI_INDEX);
          if (api) {
            return answer
                .body(PAGE_LIMIT)
                .compose(body -> {
                  sofar.addAll(FallbackIndex.parse(operation, body.getBytes()));
                  Target next = next(operation, answer);
                  if (next == null) {
                    return Future.succeededFuture(sofar);
                  }
                  if (number == MOST_PAGES) {
                    return Future.failedFuture(
                        operation.failure(
                            FailureKind.EXHAUSTED,
                            "the list has more than " + MOST_PAGES + " pages"));
                  }
                  return page(operation, repository, subject, next, sofar, number + 1);
                });
          }
          if (number == 1 && (answer.status() == 404 || answer.status() == 200)) {
            answer.discard();
            return fallback(operation, repository, subject).map(FallbackIndex::manifests);
          }
          return StatusFailure.fail(operation, answer);
        });
  }

  private static @Nullable Target next(Operation operation, Answer answer) {
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
        return next;
      }
    }
    return null;
  }

  /** The index under the fallback tag; empty if there is none. */
  private Future<FallbackIndex> fallback(
      Operation operation, Repository repository, Digest subject) {
    String tag = fallbackTag(subject);
    return puller
        .pull(operation, endpoints.manifest(repository, tag), Scope.pull(repository), tag)
        .map(pulled -> FallbackIndex.of(operation, pulled))
        .recover(cause ->
            SluiceException.kindOf(cause) == FailureKind.NOT_FOUND
                ? Future.succeededFuture(FallbackIndex.EMPTY)
                : Future.failedFuture(cause));
  }

  /** Enters a referrer under the fallback tag, unless it is there. */
  Future<Void> add(
      Operation operation, Repository repository, Digest subject, Descriptor referrer) {
    return fallback(operation, repository, subject)
        .compose(index -> {
          if (index.names(referrer.digest())) {
            return Future.succeededFuture();
          }
          Content changed = index.with(referrer);
          return pusher
              .push(operation, repository, fallbackTag(subject), changed, index.etag())
              .mapEmpty();
        });
  }
}
