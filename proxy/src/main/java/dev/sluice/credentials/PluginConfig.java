package dev.sluice.credentials;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * One entry of the kubelet's CredentialProviderConfig.
 *
 * @param name of the program in the plugins' directory
 * @param apiVersion of request and answer
 * @param cacheDuration how long an answer is good that doesn't say so itself; zero for not at all
 * @param needsServiceAccount whether it works only with a pod's service account token
 */
record PluginConfig(
    String name,
    List<ImagePattern> matchImages,
    Duration cacheDuration,
    String apiVersion,
    List<String> args,
    Map<String, String> env,
    boolean needsServiceAccount) {

  @Override
  public String toString() {
    return "plugin " + name;
  }
}
