package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.control.ControlClient;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which service a command asks; {@code @Mixin} it and call {@link #client}. */
public final class ServiceMixin {
  @Option(
      names = {"-a", "--address"},
      paramLabel = "SOCKET",
      description = "The service's socket (default: the configured one, /run/sluice/sluice.sock).")
  private @Nullable Path address;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration that names the socket (default: /etc/sluice/config.toml).")
  private @Nullable Path file;

  /** A client of the service. */
  public ControlClient client() {
    return new ControlClient(
        address != null
            ? address
            : new ConfigurationLoader(System.getenv())
                .load(file, List.of())
                .configuration()
                .address());
  }
}
