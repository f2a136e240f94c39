package dev.sluice.cli;

import dev.sluice.control.CollectedLayer;
import dev.sluice.control.CommandWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code sluice cache gc}: drops from the cache what no snapshot uses. */
@Command(
    name = "gc",
    description = {
      "Drop the layers that no snapshot uses and that are not pinned.",
      "They would go by themselves as soon as their room is needed."
    })
final class CacheGcCommand implements Runnable {
  private final Console console;

  @Mixin private OutputMixin format;
  @Mixin private ServiceMixin service;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CacheGcCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    List<CollectedLayer> dropped = service.client().collect();
    if (format.isJson()) {
      console.out().println(CommandWriter.collected(dropped));
      return;
    }
    var table = new Table("LAYER", "BYTES");
    for (CollectedLayer layer : dropped) {
      String name = layer.layer();
      table.row(name.length() > 12 ? name.substring(0, 12) : name, ByteCount.show(layer.bytes()));
    }
    table.print(console.out());
    long bytes = dropped.stream().mapToLong(CollectedLayer::bytes).sum();
    console.say("%d layers dropped, %s freed".formatted(dropped.size(), ByteCount.show(bytes)));
  }
}
