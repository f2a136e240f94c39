package dev.sluice.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.fuzz.FuzzTarget;
import java.util.List;
import java.util.Set;

/** The kubelet's configuration of credential plugins. */
public final class PluginConfigFuzz implements FuzzTarget {
  @Override
  public Set<FailureKind> refusals() {
    return Set.of(FailureKind.INVALID, FailureKind.CORRUPT);
  }

  @Override
  public List<byte[]> seeds() {
    return FuzzTarget.texts(
        """
        apiVersion: kubelet.config.k8s.io/v1
        kind: CredentialProviderConfig
        providers:
          - name: ecr
            matchImages: ["*.dkr.ecr.*.amazonaws.com", &a "x.test:5000/p"]
            defaultCacheDuration: "12h0m1.5s"
            apiVersion: credentialprovider.kubelet.k8s.io/v1
            args: [get, *a]
            env:
              - {name: AWS_PROFILE, value: x}
        """,
        """
        {"apiVersion":"kubelet.config.k8s.io/v1","kind":"CredentialProviderConfig","providers":
        [{"name":"p","matchImages":["a.test"],"defaultCacheDuration":"0","apiVersion":
        "credentialprovider.kubelet.k8s.io/v1","tokenAttributes":{"requireServiceAccount":true}}]}
        """);
  }

  @Override
  public void run(byte[] input) {
    for (PluginConfig plugin : PluginConfigFile.parse("config", input)) {
      assertThat(plugin.name()).doesNotContain("/").isNotIn("", ".", "..");
    }
  }
}
