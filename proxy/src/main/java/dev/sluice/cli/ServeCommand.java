package dev.sluice.cli;

import dev.sluice.config.Configuration;
import dev.sluice.config.LoadedConfiguration;
import dev.sluice.daemon.DaemonLog;
import dev.sluice.daemon.Predecessor;
import dev.sluice.daemon.Service;
import dev.sluice.daemon.ServiceNotify;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice serve}: the node service. */
@Command(
    name = "serve",
    description = {
      "Runs the node service: a snapshotter that containerd calls over a socket. Needs root.",
      "SIGTERM ends it and leaves mounts and state as they are: reads of containers wait for the"
          + " next start. SIGINT unmounts.",
      "With --check it is only tried, beside a service that may run."
    })
final class ServeCommand implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  private final Console console;

  @Option(
      names = "--check",
      description =
          "Start in an empty directory below the root, answer a call, stop; fail if that can't be.")
  private boolean check;

  @Option(
      names = "--takeover",
      description =
          "Take the place of the service that runs, of whatever version; no container notices."
              + " Under systemd, restart the unit instead.")
  private boolean takeover;

  @Mixin private ConfigurationMixin configuration;

  @SuppressWarnings("NullAway.Init") // picocli sets the mixin
  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Root.require("serve");
    if (check) {
      new ServeTrial(configuration).run(console);
      return;
    }
    LoadedConfiguration loaded = configuration.load();
    Configuration values = loaded.configuration();
    DaemonLog.configure(values.logLevel(), values.logFormat());
    if (takeover) {
      Predecessor.end(values);
    }
    BlockingQueue<String> signals = new LinkedBlockingQueue<>();
    Signals.on("INT", signals::add);
    Signals.on("TERM", signals::add);
    ServiceNotify notify = ServiceNotify.of(System.getenv());
    Service service = Service.start(loaded, Version.current(), System.getenv(), notify);
    notify.ready("serving at " + values.address());
    String signal = await(signals);
    LOG.info("stopping on SIG{}", signal);
    notify.stopping();
    service.stop(signal.equals("INT"));
    LOG.info("stopped");
  }

  private static String await(BlockingQueue<String> signals) {
    try {
      return signals.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "serve: interrupted", e);
    }
  }
}
