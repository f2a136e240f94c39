package dev.sluice.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command(name = "create", description = "To come.")
final class CreateCommand implements Runnable {
  @Override
  public void run() {
    throw new dev.sluice.failure.SluiceException(
        dev.sluice.failure.FailureKind.UNSUPPORTED, "create is not built yet");
  }
}
