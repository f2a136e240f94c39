package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.image.PlatformImage;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Content;
import dev.sluice.oci.Descriptor;
import dev.sluice.oci.Digest;
import dev.sluice.oci.MediaTypes;
import dev.sluice.oci.Platforms;
import dev.sluice.soci.index.FoundIndex;
import dev.sluice.soci.index.SociIndexFinder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Lists the indexes of an image. */
@Command(
    name = "list",
    aliases = "ls",
    description =
        "List the SOCI indexes of an image, for each platform that a mount would use first.")
final class IndexListCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "REF", description = "The image.")
  private ImageLocation image;

  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  IndexListCommand(Console console) {
    this.console = console;
  }

  private record Row(PlatformImage image, FoundIndex found) {}

  @Override
  public Integer call() {
    Map<Digest, Row> rows = new LinkedHashMap<>();
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(image)) {
      Content root = store.manifest("");
      for (PlatformImage of : PlatformImage.all(store, root)) {
        SociIndexFinder.find(store, of.content(), null)
            .ifPresent(found -> rows.put(found.digest(), new Row(of, found)));
        for (Descriptor d : store.referrers(of.content().digest(), MediaTypes.SOCI_INDEX_V1)) {
          SociIndexFinder.find(store, of.content(), d.digest())
              .map(found -> new FoundIndex(found.index(), found.digest(), FoundIndex.Way.REFERRER))
              .ifPresent(found -> rows.putIfAbsent(found.digest(), new Row(of, found)));
        }
      }
    }
    if (format.isJson()) {
      printJson(rows);
    } else {
      var table = new Table("DIGEST", "VERSION", "PLATFORM", "ZTOCS", "SIZE", "IMAGE");
      rows.values()
          .forEach(row ->
              table.row(
                  row.found.digest(),
                  version(row),
                  Platforms.format(row.image.platform()),
                  row.found.index().ztocs().size(),
                  ByteCount.show(size(row)),
                  row.image.content().digest()));
      table.print(console.out());
    }
    return 0;
  }

  private void printJson(Map<Digest, Row> rows) {
    var w = new JsonWriter().beginArray();
    for (Row row : rows.values()) {
      w.beginObject().name("digest").value(row.found.digest().toString());
      w.name("version").value(version(row));
      w.name("platform").value(Platforms.format(row.image.platform()));
      w.name("image_digest").value(row.image.content().digest().toString());
      w.name("ztocs").value(row.found.index().ztocs().size());
      w.name("prefetches").value(row.found.index().prefetches().size());
      w.name("size").value(size(row)).endObject();
    }
    console.out().println(w.endArray());
  }

  private static String version(Row row) {
    return row.found.index().version().name().toLowerCase(java.util.Locale.ROOT);
  }

  private static long size(Row row) {
    return row.found.index().layers().stream().mapToLong(Descriptor::size).sum();
  }
}
