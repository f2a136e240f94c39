package dev.sluice.cli;

import dev.sluice.image.ImageLocation;
import dev.sluice.image.ImageStore;
import dev.sluice.json.JsonWriter;
import dev.sluice.soci.index.ZtocDescriptor;
import dev.sluice.soci.ztoc.SpanTable;
import dev.sluice.soci.ztoc.TocEntry;
import dev.sluice.soci.ztoc.Ztoc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows ztocs. */
@Command(
    name = "info",
    description = "Show the ztoc in a file, or the ztocs of an image.",
    footer = {
      "",
      "With -o json one object per ztoc and line, files included, as AWS's CLI has it."
    })
final class ZtocInfoCommand implements Callable<Integer> {
  private final Console console;

  @Parameters(paramLabel = "SUBJECT", description = "A ztoc file, or an image.")
  private String subject;

  @Option(
      names = "--layer",
      paramLabel = "DIGEST",
      description = "Only the ztoc of this layer; the first digits are enough.")
  private @Nullable String layer;

  @Option(names = "--files", description = "List the files too.")
  private boolean files;

  @Mixin private IndexedImage indexed;
  @Mixin private OutputMixin format;
  @Mixin private RegistryMixin registry;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  ZtocInfoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (ZtocSubject.isFile(subject)) {
      Path file = Path.of(subject);
      try (Ztoc ztoc = ZtocSubject.open(file)) {
        print(subject, Files.size(file), ztoc);
      }
      return 0;
    }
    try (RegistrySession session = registry.connect();
        ImageStore store = session.open(ImageLocation.parse(subject))) {
      List<ZtocDescriptor> ztocs = IndexedImage.ztocs(indexed.find(store), layer);
      for (ZtocDescriptor descriptor : ztocs) {
        try (Ztoc ztoc = ZtocSubject.open(store, descriptor)) {
          print(
              descriptor.descriptor().digest() + " of layer " + descriptor.layer(),
              descriptor.descriptor().size(),
              ztoc);
        }
      }
    }
    return 0;
  }

  private void print(String name, long size, Ztoc ztoc) {
    SpanTable spans = ztoc.spans();
    long[] starts = spans.uncompressedStarts();
    long several = ztoc.entries().stream().filter(e -> first(starts, e) != last(starts, e)).count();
    if (format.isJson()) {
      console.out().println(json(ztoc, size, several, starts));
      return;
    }
    var out = console.out();
    out.println("ztoc:        " + name);
    out.println("version:     " + ztoc.version());
    out.println("build tool:  " + ztoc.buildTool());
    out.println("size:        " + ByteCount.show(size));
    out.println(
        "layer:       %s, %s decompressed"
            .formatted(
                ByteCount.show(ztoc.compressedSize()), ByteCount.show(ztoc.uncompressedSize())));
    out.println(
        "spans:       %d of %s, %s"
            .formatted(
                spans.count(),
                ByteCount.show(spans.spanSize()),
                spans.compression().name().toLowerCase(java.util.Locale.ROOT)));
    out.println(
        "files:       %d, %d in more than one span".formatted(ztoc.entries().size(), several));
    if (files) {
      var table = new Table("TYPE", "SIZE", "OFFSET", "SPANS", "NAME");
      for (TocEntry e : ztoc.entries()) {
        table.row(
            e.type().word(),
            e.size(),
            e.offset(),
            spans.count() == 0
                ? "-"
                : spans.numberOf(first(starts, e)) + "-" + spans.numberOf(last(starts, e)),
            e.nameText());
      }
      table.print(out);
    }
    out.println();
  }

  private static JsonWriter json(Ztoc ztoc, long size, long several, long[] starts) {
    var w = new JsonWriter().beginObject();
    w.name("version").value(ztoc.version());
    w.name("build_tool").value(ztoc.buildTool());
    w.name("size").value(size);
    w.name("span_size").value(ztoc.spans().spanSize());
    w.name("num_spans").value(ztoc.spans().count());
    w.name("num_files").value(ztoc.entries().size());
    w.name("num_multi_span_files").value(several);
    w.name("files").beginArray();
    for (TocEntry e : ztoc.entries()) {
      w.beginObject().name("filename").value(e.nameText());
      w.name("offset").value(e.offset());
      w.name("size").value(e.size());
      w.name("type").value(e.type().word());
      w.name("start_span").value(ztoc.spans().numberOf(first(starts, e)));
      w.name("end_span").value(ztoc.spans().numberOf(last(starts, e))).endObject();
    }
    return w.endArray().endObject();
  }

  private static int first(long[] starts, TocEntry e) {
    return spanOf(starts, e.offset());
  }

  private static int last(long[] starts, TocEntry e) {
    return spanOf(starts, e.offset() + Math.max(0, e.contentSize() - 1));
  }

  private static int spanOf(long[] starts, long offset) {
    int found = Arrays.binarySearch(starts, offset);
    return Math.max(0, found >= 0 ? found : -found - 2);
  }
}
