package dev.sluice.cli;

import dev.sluice.containerd.ContainerdClient;
import io.vertx.core.Vertx;
import picocli.CommandLine.Option;

/** Which containerd is meant; {@code @Mixin} it and call {@link #connect}. */
public final class ContainerdMixin {
  @Option(
      names = {"-a", "--address"},
      paramLabel = "SOCKET",
      defaultValue = "${env:CONTAINERD_ADDRESS:-" + ContainerdClient.DEFAULT_ADDRESS + "}",
      description = "containerd's socket; else $CONTAINERD_ADDRESS (default: ${DEFAULT-VALUE}).")
  private String address = ContainerdClient.DEFAULT_ADDRESS;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      defaultValue = "${env:CONTAINERD_NAMESPACE:-default}",
      description =
          "containerd's namespace; else $CONTAINERD_NAMESPACE (default: ${DEFAULT-VALUE})."
              + " The kubelet's is k8s.io.")
  private String namespace = "default";

  /** Calls containerd when it is first used; close it when done. */
  public ContainerdClient connect(Vertx vertx) {
    return ContainerdClient.connect(vertx, address, namespace);
  }
}
