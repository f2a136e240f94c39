package dev.sluice.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command(name = "index", description = "To come.")
final class IndexCommand implements Runnable {
  @Override
  public void run() {
    throw new dev.sluice.failure.SluiceException(
        dev.sluice.failure.FailureKind.UNSUPPORTED, "index is not built yet");
  }
}
