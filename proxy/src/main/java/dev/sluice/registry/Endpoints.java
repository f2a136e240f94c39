package dev.sluice.registry;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Digest;
import dev.sluice.oci.Repository;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/** The addresses of the distribution API at a host. */
final class Endpoints {
  private static final Pattern PATH =
      Pattern.compile("[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*)*");
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  private Endpoints() {}

  /**
   * @throws SluiceException INVALID if nothing can have such a name
   */
  static void check(Repository repository) {
    if (repository.path().length() > 255 || !PATH.matcher(repository.path()).matches()) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + repository.path() + "' is no name of a repository");
    }
  }

  /**
   * @throws SluiceException INVALID if it is neither
   */
  static void check(String tagOrDigest) {
    if (!TAG.matcher(tagOrDigest).matches() && !Digest.isDigest(tagOrDigest)) {
      throw new SluiceException(
          FailureKind.INVALID, "'" + tagOrDigest + "' is neither a tag nor a digest");
    }
  }

  static Target manifest(RegistryHost host, Repository repository, String tagOrDigest) {
    return host.at(repository, "manifests/" + tagOrDigest);
  }

  static Target blob(RegistryHost host, Repository repository, Digest digest) {
    return host.at(repository, "blobs/" + digest);
  }

  static Target uploads(RegistryHost host, Repository repository) {
    return host.at(repository, "blobs/uploads/");
  }

  static Target referrers(
      RegistryHost host, Repository repository, Digest subject, String artifactType) {
    return host.at(repository, "referrers/" + subject)
        .withQuery("artifactType=" + URLEncoder.encode(artifactType, StandardCharsets.UTF_8));
  }
}
