package dev.sluice.cli;

import dev.sluice.control.CommandWriter;
import dev.sluice.control.ImageCache;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code sluice cache unpin}. */
@Command(name = "unpin", description = "Let what is cached of an image be evicted again.")
final class CacheUnpinCommand implements Runnable {
  private final Console console;

  @Parameters(paramLabel = "IMAGE", description = "As `sluice ps` names it.")
  private String image;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CacheUnpinCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    ImageCache now = service.client().unpin(image);
    if (format.isJson()) {
      console.out().println(CommandWriter.image(now));
    } else {
      console.say(
          "%s: no longer pinned, %s of %s are here"
              .formatted(
                  now.reference(), ByteCount.show(now.cachedBytes()), ByteCount.show(now.bytes())));
    }
  }
}
