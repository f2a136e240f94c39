package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The addresses of the distribution API. Today each repository has one registry; mirrors will give
 * it several in order.
 */
final class Endpoints {
  private static final Set<String> DOCKER_HUB = Set.of("docker.io", "index.docker.io");
  private static final Pattern PATH =
      Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  private final RegistryOptions options;

  Endpoints(RegistryOptions options) {
    this.options = options;
  }

  Target manifest(Repository repository, String tagOrDigest) {
    if (!TAG.matcher(tagOrDigest).matches() && !Digest.isDigest(tagOrDigest)) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + tagOrDigest + "' is neither a tag nor a digest");
    }
    return at(repository, "manifests/" + tagOrDigest);
  }

  Target blob(Repository repository, Digest digest) {
    return at(repository, "blobs/" + digest);
  }

  Target uploads(Repository repository) {
    return at(repository, "blobs/uploads/");
  }

  Target referrers(Repository repository, Digest subject, String artifactType) {
    return at(repository, "referrers/" + subject)
        .withQuery("artifactType=" + URLEncoder.encode(artifactType, StandardCharsets.UTF_8));
  }

  private Target at(Repository repository, String rest) {
    if (repository.path().length() > 255 || !PATH.matcher(repository.path()).matches()) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + repository.path() + "' is no name of a repository");
    }
    return new Target(origin(repository.host()), "/v2/" + repository.path() + "/" + rest);
  }

  private HttpOrigin origin(String host) {
    String real = DOCKER_HUB.contains(host) ? "registry-1.docker.io" : host;
    try {
      return HttpOrigin.of(real, !options.plain(host));
    } catch (IllegalArgumentException e) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + host + "' is no registry: " + e.getMessage());
    }
  }
}
