package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.config.ConfigurationLoader.Flag;
import dev.sluice.config.LoadedConfiguration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The flags of the service's configuration; {@code @Mixin} it and call {@link #load}. */
public final class ConfigurationMixin {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Configuration (default: SLUICE_CONFIG, else /etc/sluice/config.toml).")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "SECTION.KEY=VALUE",
      description = "Set a key of the configuration, e.g. cache.disk=20GiB. Can be repeated.")
  private List<String> settings = List.of();

  @Option(
      names = "--address",
      paramLabel = "SOCKET",
      description = "The service's socket (default: the configured one, /run/sluice/sluice.sock).")
  private @Nullable String address;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "State and cache (default: the configured one, /var/lib/sluice).")
  private @Nullable String root;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "error, warn, info, debug or trace.")
  private @Nullable String logLevel;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @SuppressWarnings("NullAway.Init") // picocli sets it
  public ConfigurationMixin() {}

  /**
   * Puts flags, environment and file together.
   *
   * @throws dev.sluice.failure.SluiceException INVALID, with all errors, or NOT_FOUND
   */
  public LoadedConfiguration load() {
    return load(List.of());
  }

  /** Like {@link #load()}; {@code over} wins over everything. */
  LoadedConfiguration load(List<Flag> over) {
    List<Flag> flags = new ArrayList<>();
    for (String setting : settings) {
      try {
        flags.add(Flag.parse(setting));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(command.commandLine(), "--set: " + e.getMessage(), e);
      }
    }
    add(flags, "--address", "address", address);
    add(flags, "--root", "root", root);
    add(flags, "--log-level", "log_level", logLevel);
    flags.addAll(over);
    return new ConfigurationLoader(System.getenv()).load(file, flags);
  }

  private static void add(List<Flag> flags, String flag, String key, @Nullable String value) {
    if (value != null) {
      flags.add(new Flag(flag, key, value));
    }
  }
}
