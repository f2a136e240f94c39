package dev.sluice.cli;

import dev.sluice.demo.Demo;
import dev.sluice.demo.DemoResult;
import dev.sluice.embedded.Link;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.SluiceException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code sluice demo}: what lazy loading brings, on this machine, without a network. */
@Command(
    name = "demo",
    description = {
      "Starts java from an image of this machine's JDK, lazily and eagerly, over a simulated link,",
      "and prints both times. Uses no network and removes all that it made. Needs root."
    })
final class DemoCommand implements Runnable {
  private final Console console;

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  @Option(
      names = "--round-trip",
      paramLabel = "TIME",
      defaultValue = "20ms",
      description = "Round trip to the registry (default: ${DEFAULT-VALUE}).")
  private Duration roundTrip = Duration.ofMillis(20);

  @Option(
      names = "--mbit",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Bandwidth in Mbit/s (default: ${DEFAULT-VALUE}).")
  private int megabits = 1000;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      defaultValue = "/var/lib/sluice-demo",
      description = "Where it works (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init")
  private Path root;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    Root.require("demo");
    Thread self = Thread.currentThread();
    Signals.on("INT", _ -> self.interrupt());
    Signals.on("TERM", _ -> self.interrupt());
    try {
      Link link = new Link(roundTrip, megabits * 1_000_000L);
      DemoResult result = new Demo(link, console::say).run(root);
      console.out().print(json ? result.json() + "\n" : result.table());
    } catch (IOException e) {
      throw new SluiceException(FailureKind.LOCAL_IO, "demo: " + SluiceException.describe(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SluiceException(FailureKind.CANCELLED, "demo: interrupted", e);
    }
  }
}
