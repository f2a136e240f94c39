package dev.sluice.cli;

import dev.sluice.control.CommandWriter;
import dev.sluice.control.ImageCache;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sluice cache pin}. */
@Command(
    name = "pin",
    description = {
      "Keep what is cached of an image, also over restarts: it is never evicted.",
      "Its other bytes still come when they are read; `sluice cache warm` brings them."
    })
final class CachePinCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "As `sluice ps` names it.")
  private String image;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CachePinCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    ImageCache now = service.client().pin(image);
    if (format.isJson()) {
      console.out().println(CommandWriter.image(now));
    } else {
      console.say(
          "%s: pinned, %s of %s are here"
              .formatted(
                  now.reference(), ByteCount.show(now.cachedBytes()), ByteCount.show(now.bytes())));
    }
  }
}
