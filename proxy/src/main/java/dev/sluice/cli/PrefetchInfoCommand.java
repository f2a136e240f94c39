package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.json.JsonWriter;
import dev.sluice.oci.Descriptor;
import dev.sluice.soci.index.Annotations;
import dev.sluice.soci.index.PrefetchSpans;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows the prefetch artifacts of an index. */
@Command(name = "info", description = "Show the spans that an image's SOCI index wants prefetched.")
final class PrefetchInfoCommand implements Callable<Integer> {
  private static final int MAX_BYTES = 4 << 20;

  private final Console console;

  @Parameters(paramLabel = "REF", description = "The image, or host/repository@DIGEST of an index.")
  private ImageLocation image;

  @Mixin private IndexedImage indexed;
  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PrefetchInfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Map<Descriptor, PrefetchSpans> artifacts = new LinkedHashMap<>();
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(image)) {
      for (Descriptor d : indexed.find(store).index().prefetches()) {
        artifacts.put(
            d,
            PrefetchSpans.parse("prefetch artifact " + d.digest(), store.smallBlob(d, MAX_BYTES)));
      }
    }
    if (format.isJson()) {
      printJson(artifacts);
    } else {
      var table = new Table("LAYER", "ARTIFACT", "SPANS");
      artifacts.forEach((d, spans) -> table.row(layer(d), d.digest(), words(spans)));
      table.print(console.out());
    }
    return 0;
  }

  private void printJson(Map<Descriptor, PrefetchSpans> artifacts) {
    var w = new JsonWriter().beginArray();
    artifacts.forEach((d, spans) -> {
      w.beginObject().name("layer_digest").value(layer(d));
      w.name("digest").value(d.digest().toString());
      w.name("prefetch_spans").beginArray();
      for (PrefetchSpans.Range range : spans.ranges()) {
        w.beginObject().name("start_span").value(range.first());
        w.name("end_span").value(range.last()).endObject();
      }
      w.endArray().endObject();
    });
    console.out().println(w.endArray());
  }

  private static String layer(Descriptor prefetch) {
    return prefetch.annotations().getOrDefault(Annotations.LAYER_DIGEST, "?");
  }

  private static String words(PrefetchSpans spans) {
    return spans.ranges().stream()
        .map(r -> r.first() == r.last() ? "" + r.first() : r.first() + "-" + r.last())
        .collect(Collectors.joining(","));
  }
}
