package dev.sluice.daemon;

import dev.sluice.config.Configuration;
import dev.sluice.credentials.CredentialChain;
import dev.sluice.credentials.CriCredentials;
import dev.sluice.credentials.KubeletPlugins;
import dev.sluice.registry.CredentialSource;
import dev.sluice.registry.RegistryClient;
import dev.sluice.registry.RegistryClients;
import dev.sluice.registry.RegistryObserver;
import dev.sluice.registry.RegistryOptions;
import dev.sluice.registry.RetryPolicy;
import dev.sluice.registry.Timeouts;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The service's way to registries, as it is configured. */
final class Registries {
  private Registries() {}

  static RegistryClient client(
      Vertx vertx,
      Configuration configuration,
      CriCredentials cri,
      Map<String, String> environment,
      RegistryObserver observer) {
    Configuration.Registry registry = configuration.registry();
    RetryPolicy usual = RetryPolicy.DEFAULT;
    return RegistryClients.create(
        vertx,
        RegistryOptions.defaults()
            .withEnvironment(environment)
            .withCredentials(credentials(vertx, configuration.credentials(), cri, environment))
            .withHostsDirectories(registry.configPath())
            .withPlainHttpHosts(registry.plainHttpHosts())
            .withConnectionsPerOrigin(registry.connectionsPerHost())
            .withHttp2(registry.http2())
            .withTimeouts(
                new Timeouts(
                    registry.connectTimeout(),
                    registry.answerTimeout(),
                    registry.stallTimeout(),
                    registry.silenceTimeout(),
                    registry.requestTimeout()))
            .withRetries(
                new RetryPolicy(
                    registry.retries() + 1,
                    registry.retryPause(),
                    registry.longestRetryPause(),
                    usual.longestGate(),
                    usual.budget()))
            .withObserver(observer));
  }

  private static CredentialSource credentials(
      Vertx vertx,
      Configuration.Credentials configured,
      CriCredentials cri,
      Map<String, String> environment) {
    Map<String, String> docker = new HashMap<>(environment);
    Path config = configured.dockerConfig();
    if (config != null) {
      docker.put("DOCKER_CONFIG", config.toString());
    }
    Path plugins = configured.kubeletProviderConfig();
    Path programs = configured.kubeletProviderBinDir();
    return CredentialChain.of(
        CredentialSource.ofDocker(vertx, docker),
        cri,
        plugins == null || programs == null
            ? CredentialSource.NONE
            : KubeletPlugins.open(vertx, plugins, programs, environment));
  }
}
