package dev.sluice.cli;

import picocli.CommandLine.Command;

/** To come. */
@Command(name = "convert", description = "To come.")
final class ConvertCommand implements Runnable {
  @Override
  public void run() {
    throw new dev.sluice.failure.SluiceException(
        dev.sluice.failure.FailureKind.UNSUPPORTED, "convert is not built yet");
  }
}
