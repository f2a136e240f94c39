package dev.sluice.cli;

import dev.sluice.config.ConfigurationLoader;
import dev.sluice.config.LoadedConfiguration;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code sluice config check}. */
@Command(
    name = "check",
    description = {
      "Look for mistakes in a configuration file; ends with 2 if there are any.",
      "Without FILE it checks what the service would read, the environment included."
    })
final class ConfigCheckCommand implements Runnable {
  private final Console console;

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "The file.")
  private @Nullable Path file;

  ConfigCheckCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    LoadedConfiguration loaded =
        file == null
            ? new ConfigurationLoader(System.getenv()).load(null, List.of())
            : ConfigurationLoader.loadFile(file);
    long changed = loaded.changed();
    console
        .out()
        .println(
            "ok: %s %s set, the others are the defaults"
                .formatted(changed, changed == 1 ? "value is" : "values are"));
  }
}
