package dev.sluice.credentials;

import dev.sluice.credentials.CredentialPlugin.Answer;
import dev.sluice.credentials.CredentialPlugin.Entry;
import dev.sluice.oci.Repository;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.Credentials;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The credentials that the kubelet's credential plugins give. Unlike those that come with a pull
 * they can be had again when they have expired.
 */
public final class KubeletPlugins implements CredentialSource {
  private static final Logger LOG = LoggerFactory.getLogger(KubeletPlugins.class);

  /** Under this key older tools keep what is for {@code docker.io}. */
  private static final String DOCKER_HUB_KEY = "index.docker.io";

  private final List<PluginAnswers> plugins;

  private KubeletPlugins(List<PluginAnswers> plugins) {
    this.plugins = plugins;
  }

  /**
   * Blocks while it reads the configuration.
   *
   * @param config file or directory of the kubelet's {@code --image-credential-provider-config}
   * @param directory the plugins' programs, {@code --image-credential-provider-bin-dir}
   * @param environment variables that the plugins get, beside their own
   * @throws dev.sluice.failure.SluiceException LOCAL_IO, INVALID or CORRUPT
   */
  public static CredentialSource open(
      Vertx vertx, Path config, Path directory, Map<String, String> environment) {
    return open(
        vertx, config, directory, environment, CredentialPlugin.BOUND, InstantSource.system());
  }

  static CredentialSource open(
      Vertx vertx,
      Path config,
      Path directory,
      Map<String, String> environment,
      Duration bound,
      InstantSource clock) {
    List<PluginAnswers> plugins = new ArrayList<>();
    for (PluginConfig plugin : PluginConfigFile.read(config)) {
      if (plugin.needsServiceAccount()) {
        LOG.warn(
            "credential plugin {} is not used: it wants a pod's service account token, which only"
                + " the kubelet has",
            plugin.name());
      }
      plugins.add(
          new PluginAnswers(
              vertx, plugin, new CredentialPlugin(plugin, directory, environment, bound), clock));
    }
    return new KubeletPlugins(List.copyOf(plugins));
  }

  @Override
  public Future<Credentials> lookup(Repository repository) {
    return best(repository, plugin -> plugin.get(repository));
  }

  @Override
  public Future<Credentials> afresh(Repository repository, Credentials refused) {
    return best(repository, plugin -> plugin.afresh(repository));
  }

  /** All plugins that the image concerns are asked at once; the most specific entry wins. */
  private Future<Credentials> best(
      Repository repository, Function<PluginAnswers, Future<Answer>> ask) {
    List<Future<Answer>> answers =
        plugins.stream().filter(plugin -> plugin.concerns(repository)).map(ask).toList();
    if (answers.isEmpty()) {
      return Future.succeededFuture(Credentials.NONE);
    }
    return Future.join(answers).transform(_ -> choose(repository, answers));
  }

  private static Future<Credentials> choose(Repository repository, List<Future<Answer>> answers) {
    List<Entry> entries =
        answers.stream()
            .filter(Future::succeeded)
            .flatMap(answer -> answer.result().entries().stream())
            .toList();
    Optional<Entry> found = mostSpecific(entries, entry -> entry.pattern().matches(repository));
    if (found.isEmpty() && repository.host().equals("docker.io")) {
      found = mostSpecific(entries, entry -> entry.pattern().text().equals(DOCKER_HUB_KEY));
    }
    if (found.isPresent()) {
      return Future.succeededFuture(found.get().credentials());
    }
    return answers.stream()
        .filter(Future::failed)
        .findFirst()
        .<Future<Credentials>>map(failed -> Future.failedFuture(failed.cause()))
        .orElse(Future.succeededFuture(Credentials.NONE));
  }

  /**
   * The kubelet's order: the reverse of that of the texts, which puts long and plain ones first.
   */
  private static Optional<Entry> mostSpecific(List<Entry> entries, Predicate<Entry> matches) {
    return entries.stream()
        .filter(matches)
        .max(Comparator.comparing(entry -> entry.pattern().text()));
  }
}
