package dev.sluice.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command(name = "prefetch", description = "To come.")
final class PrefetchCommand implements Runnable {
  @Override
  public void run() {
    throw new dev.sluice.failure.SluiceException(
        dev.sluice.failure.FailureKind.UNSUPPORTED, "prefetch is not built yet");
  }
}
