package dev.sluice.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How registries are reached; {@code @Mixin} it and call {@link #connect}. */
public final class RegistryMixin {
  @Option(
      names = "--plain-http",
      description =
          "Speak HTTP without TLS to the registry. Only for registries you trust the way to.")
  private boolean plainHttp;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "Trust the certificate authorities in this PEM file too.")
  private @Nullable Path ca;

  @Option(names = "--cert", paramLabel = "FILE", description = "Client certificate, PEM.")
  private @Nullable Path cert;

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "Key of the client certificate, PEM (default: in the certificate's file).")
  private @Nullable Path key;

  @Option(
      names = "--hosts-dir",
      paramLabel = "DIR",
      description =
          "Read mirrors and certificates of registries here, as containerd does in its"
              + " config_path. May be given several times.")
  private List<Path> hostsDirectories = List.of();

  /** Opens what the commands reach images with; close it when done. */
  public RegistrySession connect() {
    return RegistrySession.open(plainHttp, ca, cert, key, hostsDirectories);
  }

  /**
   * Like {@link #connect()}, with the directories that the service uses where no others are given.
   */
  RegistrySession connect(List<Path> usual) {
    return RegistrySession.open(
        plainHttp, ca, cert, key, hostsDirectories.isEmpty() ? usual : hostsDirectories);
  }
}
