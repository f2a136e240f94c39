package dev.sluice.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command(name = "ztoc", description = "To come.")
final class ZtocCommand implements Runnable {
  @Override
  public void run() {
    throw new dev.sluice.failure.SluiceException(
        dev.sluice.failure.FailureKind.UNSUPPORTED, "ztoc is not built yet");
  }
}
