package dev.sluice.cli;

import dev.sluice.control.ImageStatus;
import dev.sluice.control.StatusWriter;
import java.time.Instant;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sluice ps}: the images on this node. */
@Command(name = "ps", description = "List the images whose layers the service holds.")
final class PsCommand implements Runnable {
  private final Console console;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<ImageStatus> images = service.client().images();
    if (format.isJson()) {
      console.out().println(StatusWriter.images(images));
      return;
    }
    var table =
        new Table("IMAGE", "LAZY", "SIZE", "CACHED", "FILL", "PROFILE", "READS", "FAILED", "AGE");
    Instant now = Instant.now();
    for (ImageStatus image : images) {
      table.row(
          image.reference(),
          image.lazyLayers() + "/" + image.layers(),
          ByteCount.show(image.bytes()),
          ByteCount.show(image.cachedBytes()),
          (image.fill() == null ? "-" : image.fill()) + (image.pinned() ? ", pinned" : ""),
          image.profile() ? "yes" : "-",
          image.reads(),
          image.failures(),
          Age.show(image.since(), now));
    }
    table.print(console.out());
  }
}
