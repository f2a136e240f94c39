package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Content;
import dev.sluice.oci.Platform;
import dev.sluice.soci.index.Converter;
import dev.sluice.soci.index.IndexOptions;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes SOCI-enabled images (v2). */
@Command(
    name = "convert",
    description = "Copy an image with its SOCI index bound into it (v2).",
    footer = {
      "",
      "The copy has a new digest, shares all layers, and carries its index wherever it is copied.",
      "Prints the digest of the copy."
    })
final class ConvertCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(index = "0", paramLabel = "SRC", description = "The image.")
  private ImageLocation source;

  @Parameters(index = "1", paramLabel = "DST", description = "Where the copy goes.")
  private ImageLocation destination;

  @Mixin private BuildMixin build;
  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ConvertCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<Platform> platforms = build.platforms();
    IndexOptions options = build.options();
    Content converted;
    try (RegistrySession session = registry.connect();
        ImageStore from = session.open(source);
        ImageStore to = session.create(destination);
        ProgressReport progress = console.progress()) {
      converted =
          new Converter(from, to, options, new BuildReport(progress))
              .convert(platforms, build.allPlatforms());
    }
    console
        .out()
        .println(
            format.isJson()
                ? new JsonWriter()
                    .beginObject()
                    .name("digest")
                    .value(converted.digest().toString())
                    .name("destination")
                    .value(destination.toString())
                    .endObject()
                : converted.digest());
    return 0;
  }
}
