package dev.sluice.cli;

import dev.sluice.config.Configuration;
import dev.sluice.config.ConfigurationLoader.Flag;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.control.ControlClient;
import dev.sluice.daemon.DaemonLog;
import dev.sluice.daemon.Service;
import dev.sluice.daemon.ServiceNotify;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import dev.sluice.mount.StateDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The service as configured, but with a state directory, a socket and no metrics port of its own:
 * started, asked once, stopped. A service that runs is not touched.
 */
final class ServeTrial {
  private final ConfigurationMixin configuration;

  ServeTrial(ConfigurationMixin configuration) {
    this.configuration = configuration;
  }

  /**
   * @throws SluiceException if it can't start, can't show lazy layers or does not answer
   */
  void run(Console console) {
    Path place = place(configuration.load().configuration().root());
    try {
      LoadedConfiguration loaded =
          configuration.load(
              List.of(
                  new Flag("--check", "root", place.resolve("root").toString()),
                  new Flag("--check", "address", place.resolve("s.sock").toString()),
                  new Flag("--check", "metrics.address", "")));
      long start = System.nanoTime();
      tryOut(loaded);
      console
          .out()
          .println(
              "the service starts, shows layers and answers: %d ms with its stop"
                  .formatted(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start)));
    } finally {
      StateDirectory.removeTree(place);
    }
  }

  private static void tryOut(LoadedConfiguration loaded) {
    Configuration values = loaded.configuration();
    DaemonLog.configure(values.logLevel(), values.logFormat());
    Service service =
        Service.start(loaded, Version.current(), System.getenv(), ServiceNotify.of(Map.of()));
    try {
      if (!service.showsLayers()) {
        throw new SluiceException(
            FailureKind.UNAVAILABLE,
            "serve --check: FUSE can't be mounted, so no layer would be lazy",
            "sluice doctor says what to change",
            null);
      }
      var _ = new ControlClient(values.address()).service();
    } finally {
      service.stop(true);
    }
  }

  /** Below the root, as what can be mounted depends on the file system. */
  private static Path place(Path root) {
    try {
      StateDirectory.make(root);
      return Files.createTempDirectory(root, "check-");
    } catch (IOException e) {
      throw new SluiceException(
          FailureKind.LOCAL_IO, "make a directory to try in, in " + root + ": " + e, e);
    }
  }
}
