package dev.sluice.credentials;

import dev.sluice.failure.SluiceException;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.Credentials;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's credentials: Docker's files, then what came with PullImage, then the kubelet's plugins.
 * The first that has any wins.
 */
public final class CredentialChain implements CredentialSource {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialChain.class);

  /* Credentials of PullImage can't be renewed: they are a copy of what the kubelet held when it
   * pulled. Often its plugins gave them, for twelve hours. So once they have been refused, the
   * plugins are asked before them, until another PullImage brings new ones. Nothing else falls
   * through: refused credentials of Docker's files are looked up again, and no other source is
   * tried. */

  private final CredentialSource docker;
  private final CriCredentials cri;
  private final CredentialSource plugins;

  private CredentialChain(CredentialSource docker, CriCredentials cri, CredentialSource plugins) {
    this.docker = docker;
    this.cri = cri;
    this.plugins = plugins;
  }

  /** A source that can't be asked is passed over, unless no other has credentials. */
  public static CredentialSource of(
      CredentialSource docker, CriCredentials cri, CredentialSource plugins) {
    return new CredentialChain(docker, cri, plugins);
  }

  @Override
  public Future<Credentials> lookup(Repository repository) {
    return first(
        repository,
        List.of(
            docker::lookup,
            r -> Future.succeededFuture(cri.unrefused(r)),
            plugins::lookup,
            r -> Future.succeededFuture(cri.any(r))));
  }

  @Override
  public Future<Credentials> afresh(Repository repository, Credentials refused) {
    cri.refuse(repository, refused);
    return first(
        repository,
        List.of(
            r -> docker.afresh(r, refused),
            r -> Future.succeededFuture(cri.unrefused(r)),
            r -> plugins.afresh(r, refused),
            r -> Future.succeededFuture(cri.any(r))));
  }

  private static Future<Credentials> first(
      Repository repository, List<Function<Repository, Future<Credentials>>> sources) {
    return first(repository, sources, 0, new ArrayList<>());
  }

  private static Future<Credentials> first(
      Repository repository,
      List<Function<Repository, Future<Credentials>>> sources,
      int at,
      List<Throwable> failures) {
    if (at == sources.size()) {
      return failures.isEmpty()
          ? Future.succeededFuture(Credentials.NONE)
          : Future.failedFuture(failures.getFirst());
    }
    return sources
        .get(at)
        .apply(repository)
        .transform(done -> {
          @Nullable Throwable failure = done.cause();
          if (failure != null) {
            LOG.warn("credentials for {}: {}", repository, SluiceException.describe(failure));
            failures.add(failure);
          } else if (!(done.result() instanceof Credentials.None)) {
            return Future.succeededFuture(done.result());
          }
          return first(repository, sources, at + 1, failures);
        });
  }
}
