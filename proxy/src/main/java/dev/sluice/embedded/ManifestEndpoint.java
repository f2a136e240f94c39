package dev.sluice.embedded;

import dev.sluice.oci.Content;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Manifests, tags and referrers. */
final class ManifestEndpoint {
  private final boolean referrersApi;
  private final int referrersPage;

  ManifestEndpoint(boolean referrersApi, int referrersPage) {
    this.referrersApi = referrersApi;
    this.referrersPage = referrersPage;
  }

  void handle(RepositoryContent repository, Route route, Reply reply, Buffer body) {
    switch (reply.request.method().name()) {
      case "GET", "HEAD" -> get(repository, route.argument(), reply);
      case "PUT" -> put(repository, route, reply, body);
      case "DELETE" -> {
        if (repository.delete(route.argument())) {
          reply.status(202).end();
        } else {
          unknown(reply);
        }
      }
      default -> reply.error(405, "UNSUPPORTED", "the operation is unsupported");
    }
  }

  private static void get(RepositoryContent repository, String reference, Reply reply) {
    Content content = repository.manifest(reference);
    if (content == null) {
      unknown(reply);
      return;
    }
    reply
        .status(200)
        .header("Content-Type", content.mediaType())
        .header("Docker-Content-Digest", content.digest().toString())
        .header("ETag", "\"" + content.digest() + "\"")
        .end(Buffer.buffer(content.bytes()));
  }

  private void put(RepositoryContent repository, Route route, Reply reply, Buffer body) {
    String type = reply.request.getHeader("Content-Type");
    String reference = route.argument();
    Content content =
        Content.of(type == null ? MediaTypes.OCI_MANIFEST : type.strip(), body.getBytes());
    String problem = store(repository, reference, content, reply.request.getHeader("If-Match"));
    if (problem != null) {
      reply.error(problem.equals("PRECONDITION_FAILED") ? 412 : 400, problem, problem);
      return;
    }
    Digest subject = RepositoryContent.subject(body.toJsonObject());
    if (subject != null && referrersApi) {
      reply.header("OCI-Subject", subject.toString());
    }
    reply
        .status(201)
        .header("Location", "/v2/" + route.repository() + "/manifests/" + content.digest())
        .header("Docker-Content-Digest", content.digest().toString())
        .end();
  }

  /** The code of the error, or null. */
  static @Nullable String store(
      RepositoryContent repository, String reference, Content content, @Nullable String ifMatch) {
    boolean byDigest = Digest.isDigest(reference);
    if (byDigest && !Digest.parse(reference).matches(content.bytes())) {
      return "DIGEST_INVALID";
    }
    Content now = repository.manifest(reference);
    if (ifMatch != null && (now == null || !ifMatch.equals("\"" + now.digest() + "\""))) {
      return "PRECONDITION_FAILED";
    }
    JsonObject document;
    try {
      document = Buffer.buffer(content.bytes()).toJsonObject();
      if (repository.missing(document) != null) {
        return "MANIFEST_BLOB_UNKNOWN";
      }
    } catch (DecodeException | ClassCastException _) {
      return "MANIFEST_INVALID";
    }
    repository.put(byDigest ? null : reference, content, document);
    return null;
  }

  void referrers(RepositoryContent repository, Route route, Reply reply) {
    if (!referrersApi) {
      reply.status(404).end(Buffer.buffer("404 page not found\n"));
      return;
    }
    if (!Digest.isDigest(route.argument())) {
      reply.error(400, "DIGEST_INVALID", "no digest");
      return;
    }
    Map<Digest, JsonObject> all = repository.referrers(Digest.parse(route.argument()));
    String type = reply.request.getParam("artifactType");
    List<JsonObject> wanted =
        all.values().stream()
            .filter(one -> type == null || type.equals(one.getString("artifactType")))
            .toList();
    String after = reply.request.getParam("after");
    int from = after == null ? 0 : Integer.parseInt(after);
    int to = referrersPage == 0 ? wanted.size() : Math.min(wanted.size(), from + referrersPage);
    if (to < wanted.size()) {
      String filter = type == null ? "" : "&artifactType=" + type.replace("+", "%2B");
      String next = reply.seen.path() + "?after=" + to + filter;
      reply.header("Link", "<" + next + ">; rel=\"next\"");
    }
    if (type != null) {
      reply.header("OCI-Filters-Applied", "artifactType");
    }
    JsonObject index =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_INDEX)
            .put("manifests", new JsonArray(List.copyOf(wanted.subList(from, to))));
    reply.status(200).header("Content-Type", MediaTypes.OCI_INDEX).end(index.toBuffer());
  }

  void tags(RepositoryContent repository, Route route, Reply reply) {
    String last = reply.request.getParam("last");
    String limit = reply.request.getParam("n");
    SortedMap<String, Digest> rest =
        last == null ? repository.tags : repository.tags.tailMap(last, false);
    int count = limit == null ? rest.size() : Math.min(rest.size(), Integer.parseInt(limit));
    List<String> names = rest.keySet().stream().limit(count).toList();
    if (count > 0 && count < rest.size()) {
      String next = reply.seen.path() + "?n=" + limit + "&last=" + names.getLast();
      reply.header("Link", "<" + next + ">; rel=\"next\"");
    }
    reply.json(
        200, new JsonObject().put("name", route.repository()).put("tags", new JsonArray(names)));
  }

  private static void unknown(Reply reply) {
    reply.error(404, "MANIFEST_UNKNOWN", "manifest unknown");
  }
}
