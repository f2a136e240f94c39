package dev.sluice.cli;

import dev.sluice.image.ImageCopy;
import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Content;
import dev.sluice.oci.Platform;
import dev.sluice.oci.Platforms;
import dev.sluice.soci.index.BuiltIndex;
import dev.sluice.soci.index.IndexBuilder;
import dev.sluice.soci.index.IndexOptions;
import dev.sluice.soci.index.SociIndex;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Builds v1 indexes and pushes them beside the image. */
@Command(
    name = "create",
    description = "Build the SOCI index of an image and push it beside the image (v1).",
    footer = {
      "",
      "The image does not change: the index refers to it (Referrers API, or the fallback tag).",
      "Prints the digest of each index."
    })
final class CreateCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REF", description = "The image.")
  private ImageLocation image;

  @Option(
      names = "--output",
      paramLabel = "LOCATION",
      description = "Copy the image to this location and put the index there, e.g. oci:DIR.")
  private @Nullable ImageLocation output;

  @Mixin private BuildMixin build;
  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  CreateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    List<BuiltIndex> built = new ArrayList<>();
    List<Platform> platforms = build.platforms();
    IndexOptions options = build.options();
    try (RegistrySession session = registry.connect();
        ImageStore source = session.open(image);
        ProgressReport progress = console.progress()) {
      Content root = source.manifest("");
      ImageStore target = output == null ? source : session.create(output);
      try {
        if (output != null) {
          new ImageCopy(source, target, new BuildReport(progress)::copied).graph(root);
        }
        for (PlatformImage chosen : chosen(source, root, platforms)) {
          new IndexBuilder(source, target, options, new BuildReport(progress))
              .build(chosen, SociIndex.Version.V1)
              .ifPresent(built::add);
        }
        if (built.isEmpty()) {
          throw IndexBuilder.nothingBuilt(source);
        }
        if (output != null) {
          target.putManifest("", root);
        }
      } finally {
        if (output != null) {
          target.close();
        }
      }
    }
    print(built);
    return 0;
  }

  private List<PlatformImage> chosen(ImageStore source, Content root, List<Platform> platforms) {
    if (build.allPlatforms()) {
      return PlatformImage.all(source, root);
    }
    if (!platforms.isEmpty()) {
      return Platforms.distinct(platforms).stream()
          .map(platform -> PlatformImage.select(source, root, platform))
          .toList();
    }
    return List.of(PlatformImage.choose(source, root, null));
  }

  private void print(List<BuiltIndex> built) {
    if (!format.isJson()) {
      built.forEach(index -> console.out().println(index.content().digest()));
      return;
    }
    var w = new JsonWriter().beginArray();
    for (BuiltIndex index : built) {
      w.beginObject();
      w.name("digest").value(index.content().digest().toString());
      w.name("image_digest").value(index.image().content().digest().toString());
      w.name("platform").value(Platforms.format(index.image().platform()));
      w.name("ztocs").value(index.index().ztocs().size());
      w.name("prefetches").value(index.index().prefetches().size()).endObject();
    }
    console.out().println(w.endArray());
  }
}
